/// Reads JSON from bytes, value by value, without building anything: for files of millions of lines.
///
/// It stops at a newline as at the end, so that an error stays in its line.
struct JSONScanner {
    struct Problem: Error {
        var message: String
        /// Where in the bytes.
        var offset: Int
    }

    /// A string without its quotes, or a number or word as it stands. `nil` stands for null.
    struct Text {
        var range: Range<Int>
        var hasEscapes: Bool
    }

    let bytes: UnsafeRawBufferPointer
    var at: Int

    var isAtLineEnd: Bool { at >= bytes.count || bytes[at] == UInt8(ascii: "\n") }

    mutating func skipSpace() {
        while at < bytes.count, bytes[at] == UInt8(ascii: " ") || bytes[at] == UInt8(ascii: "\t") || bytes[at] == UInt8(ascii: "\r") {
            at += 1
        }
    }

    mutating func accept(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == UInt8(ascii: mark) else { return false }
        at += 1
        return true
    }

    mutating func expect(_ mark: Unicode.Scalar) throws(Problem) {
        guard accept(mark) else { throw problem("expected '\(mark)', found \(found)") }
    }

    /// Each member's name in turn; the body reads its value.
    mutating func object(_ member: (inout Self, Range<Int>) throws(Problem) -> Void) throws(Problem) {
        try expect("{")
        if accept("}") { return }
        repeat {
            let name = try string()
            try expect(":")
            try member(&self, name.range)
        } while accept(",")
        try expect("}")
    }

    mutating func array(_ element: (inout Self) throws(Problem) -> Void) throws(Problem) {
        try expect("[")
        if accept("]") { return }
        repeat { try element(&self) } while accept(",")
        try expect("]")
    }

    mutating func string() throws(Problem) -> Text {
        guard accept("\"") else { throw problem("expected a string, found \(found)") }
        let start = at
        var hasEscapes = false
        while true {
            guard !isAtLineEnd else { throw problem("this string has no closing quote", at: start - 1) }
            if bytes[at] == UInt8(ascii: "\"") { break }
            if bytes[at] == UInt8(ascii: "\\") {
                hasEscapes = true
                at += 1
                guard !isAtLineEnd else { throw problem("this string has no closing quote", at: start - 1) }
            }
            at += 1
        }
        at += 1
        return Text(range: start..<at - 1, hasEscapes: hasEscapes)
    }

    /// A string, number or word; nil for null.
    mutating func scalar() throws(Problem) -> Text? {
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "\"") { return try string() }
        let start = at
        while at < bytes.count, Self.isWord(bytes[at]) { at += 1 }
        guard at > start else { throw problem("expected a value, found \(found)") }
        return matches(start..<at, "null") ? nil : Text(range: start..<at, hasEscapes: false)
    }

    /// Any value, passed over.
    mutating func skip() throws(Problem) {
        skipSpace()
        guard at < bytes.count else { throw problem("expected a value, found \(found)") }
        switch bytes[at] {
        case UInt8(ascii: "{"): try object { (scanner, _) throws(Problem) in try scanner.skip() }
        case UInt8(ascii: "["): try array { (scanner) throws(Problem) in try scanner.skip() }
        default: _ = try scalar()
        }
    }

    func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count where bytes[range.lowerBound + index] != text.utf8Start[index] { return false }
        return true
    }

    func integer(_ text: Text, _ what: String) throws(Problem) -> Int64 {
        var index = text.range.lowerBound
        let isNegative = index < text.range.upperBound && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value: Int64 = 0
        var isNumber = index < text.range.upperBound
        while index < text.range.upperBound, isNumber {
            let digit = Int64(bytes[index]) - 48
            let (ten, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = ten.addingReportingOverflow(digit)
            isNumber = (0...9).contains(digit) && !tooLarge && !overflow
            value = sum
            index += 1
        }
        guard isNumber else {
            throw problem("\(what) must be an integer, found '\(spelled(text.range))'", at: text.range.lowerBound)
        }
        return isNegative ? -value : value
    }

    /// The string's bytes with its escapes resolved.
    func unescaped(_ text: Text) throws(Problem) -> [UInt8] {
        var result: [UInt8] = []
        var index = text.range.lowerBound
        var high: UInt32?
        while index < text.range.upperBound {
            defer { index += 1 }
            guard bytes[index] == UInt8(ascii: "\\") else {
                result.append(bytes[index])
                continue
            }
            index += 1
            switch bytes[index] {
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                let digits = index + 1..<min(index + 5, text.range.upperBound)
                guard digits.count == 4, let unit = UInt32(spelled(digits), radix: 16) else {
                    throw problem("\\u needs four hexadecimal digits", at: index)
                }
                index += 4
                if (0xd800..<0xdc00).contains(unit) {
                    high = unit
                    continue
                }
                let code = high.map { 0x10000 + (($0 - 0xd800) << 10) + (unit &- 0xdc00) } ?? unit
                high = nil
                guard let scalar = Unicode.Scalar(code) else { throw problem("\\u names no character", at: index) }
                result.append(contentsOf: Character(scalar).utf8)
            default: result.append(bytes[index])
            }
        }
        return result
    }

    func problem(_ message: String, at offset: Int? = nil) -> Problem { Problem(message: message, offset: offset ?? at) }

    func spelled(_ range: Range<Int>) -> String { String(decoding: bytes[range].prefix(40), as: UTF8.self) }

    private var found: String { isAtLineEnd ? "the end of the line" : "'\(Unicode.Scalar(bytes[at]))'" }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
