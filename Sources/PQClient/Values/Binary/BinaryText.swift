/// Binary values written as the server writes them: DateStyle ISO, IntervalStyle postgres, TimeZone UTC.
enum BinaryText {
    /// nil if the bytes are not a value of the type, or if only the server can write the type as text.
    static func render(_ bytes: UnsafeRawBufferPointer, type: PostgresType) -> String? {
        if let element = type.element { return array(bytes, element: element) }
        if let bound = type.bound { return range(bytes, bound: bound) }
        if let range = type.range { return multirange(bytes, range: range) }
        switch type.oid {
        case 16: return bytes.count == 1 ? (bytes[0] == 0 ? "f" : "t") : nil
        case 17: return ByteText.hex([UInt8](bytes))
        case 18, 19, 25, 114, 142, 705, 1042, 1043, 2275, 2278: return String(decoding: bytes, as: UTF8.self)
        case 20: return BinaryReader.whole(bytes, Int64.self).map { String($0) }
        case 21: return BinaryReader.whole(bytes, Int16.self).map { String($0) }
        case 23: return BinaryReader.whole(bytes, Int32.self).map { String($0) }
        case 26, 28, 29: return BinaryReader.whole(bytes, UInt32.self).map { String($0) }
        case 5069: return BinaryReader.whole(bytes, UInt64.self).map { String($0) }
        case 700: return BinaryReader.whole(bytes, UInt32.self).map { FloatText.server(Float(bitPattern: $0)) }
        case 701: return BinaryReader.whole(bytes, UInt64.self).map { FloatText.server(Double(bitPattern: $0)) }
        case 1082: return BinaryReader.whole(bytes, Int32.self).map { TimestampText.server(days: $0) }
        case 1083: return BinaryReader.whole(bytes, Int64.self).map { TimestampText.time($0) }
        case 1114: return BinaryReader.whole(bytes, Int64.self).map { TimestampText.server(microseconds: $0, zone: "") }
        case 1184: return BinaryReader.whole(bytes, Int64.self).map { TimestampText.server(microseconds: $0, zone: "+00") }
        case 1186: return PostgresInterval(binary: bytes)?.serverText
        case 1700: return NumericBinary.text(bytes)
        case 2249: return record(bytes)
        case 2950: return uuid(bytes)
        case 3220: return BinaryReader.whole(bytes, UInt64.self).map { hexadecimal($0 >> 32) + "/" + hexadecimal($0 & 0xffff_ffff) }
        case 3802, 4072:
            // The version of the format comes first.
            return bytes.first == 1 ? String(decoding: bytes.dropFirst(), as: UTF8.self) : nil
        default:
            // A type that the database defines: labels of enums and the like travel as text, everything else has control bytes in it.
            guard type.name == nil, !bytes.contains(where: { $0 < 32 && $0 != 9 && $0 != 10 && $0 != 13 }) else { return nil }
            return String(validating: bytes, as: UTF8.self)
        }
    }

    private static func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16, uppercase: true) }

    private static func uuid(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count == 16 else { return nil }
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text += "-" }
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }

    private static func array(_ bytes: UnsafeRawBufferPointer, element: PostgresType) -> String? {
        guard let shape = ArrayBinary(bytes) else { return nil }
        guard !shape.dimensions.isEmpty else { return "{}" }
        var elements: [String] = []
        for field in shape.elements {
            guard let field else {
                elements.append("NULL")
                continue
            }
            guard let text = render(field, type: PostgresType(oid: shape.elementOID)) else { return nil }
            elements.append(Quoting.array(text))
        }
        for length in shape.dimensions.map(\.length).reversed() {
            elements = stride(from: 0, to: elements.count, by: length).map { start in
                "{" + elements[start..<min(start + length, elements.count)].joined(separator: ",") + "}"
            }
        }
        let bounds =
            shape.dimensions.allSatisfy { $0.lower == 1 }
            ? "" : shape.dimensions.map { "[\($0.lower):\(Int($0.lower) + $0.length - 1)]" }.joined() + "="
        return bounds + elements.joined()
    }

    private static func record(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let fields = RecordBinary.fields(bytes) else { return nil }
        var texts: [String] = []
        for (type, field) in fields {
            guard let field else {
                texts.append("")
                continue
            }
            guard let text = render(field, type: PostgresType(oid: type)) else { return nil }
            texts.append(Quoting.record(text))
        }
        return "(" + texts.joined(separator: ",") + ")"
    }

    private static func range(_ bytes: UnsafeRawBufferPointer, bound: PostgresType) -> String? {
        guard let range = RangeBinary(bytes) else { return nil }
        if range.isEmpty { return "empty" }
        var texts: [String] = []
        for side in [range.lower, range.upper] {
            guard let side else {
                texts.append("")
                continue
            }
            guard let text = render(side, type: bound) else { return nil }
            texts.append(Quoting.range(text))
        }
        return (range.lowerInclusive ? "[" : "(") + texts[0] + "," + texts[1] + (range.upperInclusive ? "]" : ")")
    }

    private static func multirange(_ bytes: UnsafeRawBufferPointer, range type: PostgresType) -> String? {
        guard let parts = RangeBinary.parts(bytes) else { return nil }
        let texts = parts.compactMap { render($0, type: type) }
        return texts.count == parts.count ? "{" + texts.joined(separator: ",") + "}" : nil
    }
}
