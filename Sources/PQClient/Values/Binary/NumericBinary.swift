extension PostgresNumeric: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .numeric }
    public func encodeBinary(into bytes: inout [UInt8]) { NumericBinary.encode(text, into: &bytes) }
}

/// The binary form of numeric: the number of base-10000 digits, weight of the first, sign, the number of decimal digits after the point,
/// the digits.
enum NumericBinary {
    private static let negative: UInt16 = 0x4000
    private static let special: [UInt16: String] = [0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"]

    static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        var reader = BinaryReader(bytes)
        guard let count = reader.integer(UInt16.self), let weight = reader.integer(Int16.self).map(Int.init),
            let sign = reader.integer(UInt16.self), let scale = reader.integer(UInt16.self)
        else { return nil }
        if let name = special[sign] { return name }
        guard sign == 0 || sign == negative else { return nil }
        var groups: [UInt16] = []
        for _ in 0..<count {
            guard let group = reader.integer(UInt16.self), group < 10_000 else { return nil }
            groups.append(group)
        }
        guard reader.atEnd else { return nil }
        func group(_ index: Int) -> String {
            let digits = String(index >= 0 && index < groups.count ? groups[index] : 0)
            return String(repeating: "0", count: 4 - digits.count) + digits
        }
        var text = ""
        if weight >= 0 { for index in 0...weight { text += group(index) } }
        text = String(text.drop { $0 == "0" })
        if text.isEmpty { text = "0" }
        if scale > 0 {
            var fraction = ""
            var index = weight + 1
            while fraction.utf8.count < Int(scale) {
                fraction += group(index)
                index += 1
            }
            text += "." + fraction.prefix(Int(scale))
        }
        return sign == negative ? "-" + text : text
    }

    /// `text` must be one that ``PostgresNumeric`` accepts.
    static func encode(_ text: String, into bytes: inout [UInt8]) {
        if let sign = special.first(where: { $0.value == text })?.key {
            for part in [0, 0, sign, 0] as [UInt16] { bytes.appendBigEndian(part) }
            return
        }
        let parts = text.drop { $0 == "-" }.split(separator: ".")
        let (whole, fraction) = (Array(parts[0].utf8), parts.count > 1 ? Array(parts[1].utf8) : [])
        let zero = UInt8(ascii: "0")
        let digits =
            Array(repeating: zero, count: (4 - whole.count % 4) % 4) + whole + fraction
            + Array(repeating: zero, count: (4 - fraction.count % 4) % 4)
        var groups = stride(from: 0, to: digits.count, by: 4).map { start in
            digits[start..<start + 4].reduce(UInt16(0)) { $0 * 10 + UInt16($1 - zero) }
        }
        var weight = (whole.count + 3) / 4 - 1
        while groups.first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        while groups.last == 0 { groups.removeLast() }
        bytes.appendBigEndian(UInt16(truncatingIfNeeded: groups.count))
        bytes.appendBigEndian(Int16(truncatingIfNeeded: groups.isEmpty ? 0 : weight))
        bytes.appendBigEndian(text.hasPrefix("-") && !groups.isEmpty ? negative : 0)
        bytes.appendBigEndian(UInt16(truncatingIfNeeded: fraction.count))
        for group in groups { bytes.appendBigEndian(group) }
    }
}
