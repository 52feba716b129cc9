/// Placeholders (`$1`) in the text of a statement.
enum PlaceholderText {
    /// The same text with numbers higher by `count`. What is quoted or a comment stays as it is.
    static func shifted(_ sql: String, by count: Int) -> String {
        let text = Array(sql.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(text.count + 8)
        var index = 0
        while index < text.count {
            let end = quotedEnd(text, from: index) ?? wordEnd(text, from: index)
            if let end {
                result += text[index..<end]
                index = end
            } else if text[index] == dollar, let end = digitsEnd(text, from: index + 1) {
                let number = Int(String(decoding: text[index + 1..<end], as: UTF8.self)) ?? 0
                result += Array("$\(number + count)".utf8)
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let dollar = UInt8(ascii: "$")

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Letters of identifiers, all bytes beyond ASCII among them.
    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func digitsEnd(_ text: [UInt8], from start: Int) -> Int? {
        var end = start
        while end < text.count, isDigit(text[end]) { end += 1 }
        return end > start ? end : nil
    }

    /// The end of the identifier or number at `start`, in which a dollar sign is a letter like others.
    private static func wordEnd(_ text: [UInt8], from start: Int) -> Int? {
        guard isLetter(text[start]) || isDigit(text[start]) else { return nil }
        var end = start
        while end < text.count, isLetter(text[end]) || isDigit(text[end]) || text[end] == dollar { end += 1 }
        // E'…', in which a backslash escapes.
        let isEscape = end == start + 1 && text[start] | 0x20 == UInt8(ascii: "e") && end < text.count && text[end] == UInt8(ascii: "'")
        return isEscape ? closing(text, from: end, backslashes: true) : end
    }

    /// The end of the string, quoted identifier, dollar-quoted string or comment at `start`.
    private static func quotedEnd(_ text: [UInt8], from start: Int) -> Int? {
        let next = start + 1 < text.count ? text[start + 1] : 0
        switch (text[start], next) {
        case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _): return closing(text, from: start, backslashes: false)
        case (UInt8(ascii: "-"), UInt8(ascii: "-")): return lineEnd(text, from: start)
        case (UInt8(ascii: "/"), UInt8(ascii: "*")): return commentEnd(text, from: start)
        case (dollar, _):
            var end = start + 1
            if end < text.count, isLetter(text[end]) {
                while end < text.count, isLetter(text[end]) || isDigit(text[end]) { end += 1 }
            }
            guard end < text.count, text[end] == dollar else { return nil }
            let tag = text[start...end]
            return text[(end + 1)...].firstRange(of: tag)?.upperBound ?? text.count
        default: return nil
        }
    }

    private static func closing(_ text: [UInt8], from start: Int, backslashes: Bool) -> Int {
        var index = start + 1
        while index < text.count {
            if backslashes, text[index] == UInt8(ascii: "\\") {
                index += 2
            } else if text[index] == text[start] {
                if index + 1 < text.count, text[index + 1] == text[start] {
                    index += 2
                } else if let next = backslashes ? continuation(text, from: index + 1) : nil {
                    index = next + 1
                } else {
                    return index + 1
                }
            } else {
                index += 1
            }
        }
        return text.count
    }

    private static func lineEnd(_ text: [UInt8], from start: Int) -> Int {
        text[start...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? text.count
    }

    /// The quote with which a string goes on that ended before `start`: only blanks with a newline, and comments, are in between.
    private static func continuation(_ text: [UInt8], from start: Int) -> Int? {
        var (index, hasNewline) = (start, false)
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                hasNewline = true
                index += 1
            case UInt8(ascii: " "), 9, 11, 12: index += 1
            case UInt8(ascii: "-") where index + 1 < text.count && text[index + 1] == UInt8(ascii: "-"): index = lineEnd(text, from: index)
            case UInt8(ascii: "'"): return hasNewline ? index : nil
            default: return nil
            }
        }
        return nil
    }

    /// Comments nest.
    private static func commentEnd(_ text: [UInt8], from start: Int) -> Int {
        var depth = 0
        var index = start
        while index + 1 < text.count {
            switch (text[index], text[index + 1]) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                index += 2
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                index += 2
                if depth == 0 { return index }
            default: index += 1
            }
        }
        return text.count
    }
}
