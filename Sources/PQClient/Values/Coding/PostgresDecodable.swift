import Foundation

/// A type that a column's value can be read as, from its text and from its binary form.
///
/// A type of your own reads itself by means of those that are here, as `String(postgres: cell)` or `cell.fields(Int.self, String.self)`.
public protocol PostgresDecodable: Sendable {
    init(postgres cell: PostgresCell) throws(PostgresError)
    /// How an array is read; bytea is the one type whose Swift form is an array but whose SQL form is not.
    static func array(postgres cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension PostgresDecodable {
    public static func array(postgres cell: PostgresCell) throws(PostgresError) -> [Self] {
        let elements = try cell.elements([Self].self)
        var values: [Self] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try Self(postgres: element)) }
        return values
    }
}

extension PostgresCell {
    fileprivate func integer<T: FixedWidthInteger>(_ type: T.Type) throws(PostgresError) -> T {
        let bytes = try required(type)
        let value: T?
        switch (format, typeOID) {
        case (.text, _): value = Self.decimal(bytes)
        case (.binary, 20): value = BinaryReader.whole(bytes, Int64.self).flatMap { T(exactly: $0) }
        case (.binary, 21): value = BinaryReader.whole(bytes, Int16.self).flatMap { T(exactly: $0) }
        case (.binary, 23): value = BinaryReader.whole(bytes, Int32.self).flatMap { T(exactly: $0) }
        case (.binary, 26): value = BinaryReader.whole(bytes, UInt32.self).flatMap { T(exactly: $0) }
        default:
            var text = try textual(type)
            value = text.withUTF8 { Self.decimal(UnsafeRawBufferPointer($0)) }
        }
        guard let value else { throw mismatch(type) }
        return value
    }

    private static func decimal<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer) -> T? {
        let negative = bytes.first == UInt8(ascii: "-")
        var index = negative ? 1 : 0
        guard index < bytes.count else { return nil }
        var value: T = 0
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                negative
                ? product.subtractingReportingOverflow(T(digit)) : product.addingReportingOverflow(T(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        return value
    }
}

extension Bool: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Bool.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID == 16, bytes.count == 1 {
            self = bytes[0] != 0
            return
        }
        switch try cell.textual(Bool.self) {
        case "t", "true": self = true
        case "f", "false": self = false
        default: throw cell.mismatch(Bool.self)
        }
    }
}

extension Int: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(Int.self) }
}

extension Int8: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(Int8.self) }
}

extension Int16: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(Int16.self) }
}

extension Int32: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(Int32.self) }
}

extension Int64: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(Int64.self) }
}

extension UInt: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(UInt.self) }
}

extension UInt16: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(UInt16.self) }
}

extension UInt32: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(UInt32.self) }
}

extension UInt64: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(UInt64.self) }
}

extension UInt8: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try cell.integer(UInt8.self) }

    public static func array(postgres cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        let bytes = try cell.required([UInt8].self)
        if cell.format == .binary, cell.typeOID == 17 { return [UInt8](bytes) }
        if cell.format == .text {
            defer { cell.keep() }
            if let content = ByteText.unhex(bytes) ?? (cell.typeOID == 17 ? ByteText.unescape(bytes) : nil) { return content }
        }
        var text = try cell.textual([UInt8].self)
        guard let bytes = text.withUTF8({ ByteText.unhex(UnsafeRawBufferPointer($0)) }) else { throw cell.mismatch([UInt8].self) }
        return bytes
    }
}

extension Double: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Double.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID == 701, let bits = BinaryReader.whole(bytes, UInt64.self) {
            self.init(bitPattern: bits)
            return
        }
        guard let value = FloatText.parse(try String(postgres: cell), as: Double.self) else { throw cell.mismatch(Double.self) }
        self = value
    }
}

extension Float: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Float.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID == 700, let bits = BinaryReader.whole(bytes, UInt32.self) {
            self.init(bitPattern: bits)
            return
        }
        guard let value = FloatText.parse(try String(postgres: cell), as: Float.self) else { throw cell.mismatch(Float.self) }
        self = value
    }
}

extension Decimal: PostgresDecodable {
    /// Up to 38 digits; a numeric that does not fit exactly is an error, not a rounded value. ``PostgresNumeric`` takes any.
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard let value = DecimalText.parse(try String(postgres: cell)) else { throw cell.mismatch(Decimal.self) }
        self = value
    }
}

extension String: PostgresDecodable {
    /// Any value in its text form; see ``PostgresCell/text`` for binary ones.
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(String.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID != 25, cell.typeOID != 1043 {
            self = try cell.textual(String.self)
        } else {
            self = String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension UUID: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(UUID.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID == 2950, bytes.count == 16 {
            self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
            return
        }
        guard let value = UUID(uuidString: try String(postgres: cell)) else { throw cell.mismatch(UUID.self) }
        self = value
    }
}

extension Data: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        self = Data(try [UInt8](postgres: cell))
    }
}

extension Date: PostgresDecodable {
    /// timestamptz, timestamp (taken as UTC) and date (midnight UTC). 'infinity' becomes the distant future or past.
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Date.self)
        defer { cell.keep() }
        if cell.format == .text {
            guard let value = TimestampText.parse(bytes) else { throw cell.mismatch(Date.self) }
            self = value
            return
        }
        if cell.typeOID == 1184 || cell.typeOID == 1114, let microseconds = BinaryReader.whole(bytes, Int64.self) {
            self = TimestampText.date(microseconds: microseconds)
            return
        }
        if cell.typeOID == 1082, let days = BinaryReader.whole(bytes, Int32.self) {
            self = TimestampText.date(days: days)
            return
        }
        var text = try cell.textual(Date.self)
        guard let value = text.withUTF8({ TimestampText.parse(UnsafeRawBufferPointer($0)) }) else { throw cell.mismatch(Date.self) }
        self = value
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    /// Arrays of one dimension, and as arrays of arrays those of several; NULLs need an optional element.
    public init(postgres cell: PostgresCell) throws(PostgresError) { self = try Element.array(postgres: cell) }

    public static func array(postgres cell: PostgresCell) throws(PostgresError) -> [[Element]] {
        // [[UInt8]] is an array of bytea, of one dimension.
        let parts = try cell.elements([[Element]].self, nested: Element.self != UInt8.self)
        var values: [[Element]] = []
        values.reserveCapacity(parts.count)
        for part in parts { values.append(try [Element](postgres: part)) }
        return values
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        self = cell.isNull ? nil : .some(try Wrapped(postgres: cell))
    }
}
