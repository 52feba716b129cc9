/// The text of one file as the checksum sees it: UTF-8 without BOM, every line terminated by LF.
struct SourceText: Sendable {
    let file: String
    let lines: [Substring]

    /// Throws an error that names the line of a NUL or of bytes that are not UTF-8.
    init(file: String, bytes: some Collection<UInt8>) throws(MigrationError) {
        let bytes = Array(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw MigrationError(
                .badInput, "the file is not UTF-8", file: file, line: Self.lineOfFirstInvalidByte(bytes),
                hint: "save it as UTF-8, e.g. iconv -f latin1 -t utf-8 \(file)")
        }
        try self.init(file: file, text: text)
    }

    init(file: String, text: String) throws(MigrationError) {
        self.file = file
        var text = text
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        let utf8 = text.utf8
        // "\r\n" is one Character, so only the bytes distinguish the line endings.
        if utf8.contains(UInt8(ascii: "\r")) { text = Self.normalisingLineEnds(utf8) }
        if let nul = text.utf8.firstIndex(of: 0) {
            let line = text.utf8[..<nul].reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            throw MigrationError(.badInput, "the file contains a NUL byte", file: file, line: line)
        }
        var lines: [Substring] = []
        var start = text.utf8.startIndex
        while let end = text.utf8[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(text[start..<end])
            start = text.utf8.index(after: end)
        }
        if start < text.utf8.endIndex { lines.append(text[start...]) }
        self.lines = lines
    }

    private static func normalisingLineEnds(_ utf8: String.UTF8View) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var afterReturn = false
        for byte in utf8 {
            if byte == UInt8(ascii: "\r") {
                bytes.append(UInt8(ascii: "\n"))
            } else if !(afterReturn && byte == UInt8(ascii: "\n")) {
                bytes.append(byte)
            }
            afterReturn = byte == UInt8(ascii: "\r")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func lineOfFirstInvalidByte(_ bytes: [UInt8]) -> Int {
        var line = 1
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            if String(validating: bytes[start...index], as: UTF8.self) == nil { return line }
            line += 1
            start = index + 1
        }
        return line
    }
}
