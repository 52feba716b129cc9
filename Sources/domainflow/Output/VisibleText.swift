/// Makes text from databases and files safe to print: shows what a terminal would obey.
enum VisibleText {
    /// Replaces control characters (C0, DEL, C1) by `\n`, `\t`, `\r` or `\x1b` and the like, and characters that reorder text
    /// (U+202A to U+202E, U+2066 to U+2069) by `\u{202e}` and the like.
    ///
    /// - Parameter kept: control characters to leave, such as the newlines of multi-line text.
    static func of(_ text: String, keeping kept: Set<Unicode.Scalar> = []) -> String {
        guard text.unicodeScalars.contains(where: { isObeyed($0) && !kept.contains($0) }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isObeyed(scalar), !kept.contains(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
    }

    /// The same for JSON, where such characters occur only in strings and an escape stands for the same string.
    static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isObeyed($0) && $0 != "\n" }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isObeyed(scalar), scalar != "\n" {
                result += "\\u" + hexadecimal(scalar, digits: 4)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        case _ where scalar.value > 0xFF: "\\u{" + hexadecimal(scalar, digits: 4) + "}"
        default: "\\x" + hexadecimal(scalar, digits: 2)
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
