import Foundation

/// A type whose values can be parameters in binary form: `\(binary: value)`. The parameter then has the type's own SQL type (an `Int` is
/// `bigint`), while a parameter in text form takes the type that the statement implies.
public protocol PostgresBinaryEncodable: PostgresEncodable {
    static var postgresType: PostgresType { get }
    /// Appends the value, without its length.
    func encodeBinary(into bytes: inout [UInt8])
}

extension PostgresValue {
    /// The value in binary form, with its type.
    public static func binary<T: PostgresBinaryEncodable>(_ value: T) -> PostgresValue {
        var bytes: [UInt8] = []
        value.encodeBinary(into: &bytes)
        return PostgresValue(.bytes(bytes), typeOID: T.postgresType.oid)
    }

    /// The array in binary form, with NULLs.
    public static func binary<T: PostgresBinaryEncodable>(_ array: [T?]) -> PostgresValue {
        var bytes: [UInt8] = []
        ArrayBinary.encode(array, into: &bytes)
        return PostgresValue(.bytes(bytes), typeOID: T.postgresType.array?.oid ?? 0)
    }
}

extension PostgresQuery.StringInterpolation {
    /// A parameter in binary form.
    public mutating func appendInterpolation(binary value: some PostgresBinaryEncodable) { append(.binary(value)) }

    /// An array with NULLs in binary form.
    public mutating func appendInterpolation(binary array: [(some PostgresBinaryEncodable)?]) { append(.binary(array)) }
}

extension Bool: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .bool }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

extension Int: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .int8 }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(Int64(self)) }
}

extension Int16: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .int2 }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
}

extension Int32: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .int4 }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
}

extension Int64: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .int8 }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
}

extension UInt32: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .oid }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
}

extension Double: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .float8 }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }
}

extension Float: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .float4 }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }
}

extension Decimal: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .numeric }
    public func encodeBinary(into bytes: inout [UInt8]) { PostgresNumeric(self).encodeBinary(into: &bytes) }
}

extension String: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .text }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
}

extension UUID: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .uuid }
    public func encodeBinary(into bytes: inout [UInt8]) { withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) } }
}

extension Data: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .bytea }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
}

extension Date: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .timestamptz }
    /// The server refuses a date outside the range of timestamps (22008).
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(TimestampText.binary(self)) }
}

extension PostgresTimestamp: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .timestamp }
    public func encodeBinary(into bytes: inout [UInt8]) { bytes.appendBigEndian(microsecondsSince2000) }
}

extension PostgresDate: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .date }
    /// The server refuses a day outside the range of dates (22008).
    public func encodeBinary(into bytes: inout [UInt8]) {
        guard let days = daysSince1970 else {
            bytes.appendBigEndian(self == .infinity ? Int32.max : Int32.min)
            return
        }
        let count = days.subtractingReportingOverflow(PostgresTimestamp.daysTo2000).partialValue
        bytes.appendBigEndian(Int32(clamping: min(max(count, Int(Int32.min) + 1), Int(Int32.max) - 1)))
    }
}

extension PostgresInterval: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .interval }
    public func encodeBinary(into bytes: inout [UInt8]) {
        bytes.appendBigEndian(microseconds)
        for part in [days, months] {
            // What does not fit makes the value too long, and the server refuses it (22P03).
            if let part = Int32(exactly: part) { bytes.appendBigEndian(part) } else { bytes.appendBigEndian(Int64(part)) }
        }
    }
}

extension Duration: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .interval }
    public func encodeBinary(into bytes: inout [UInt8]) { PostgresInterval(self).encodeBinary(into: &bytes) }
}

extension PostgresJSON: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { .jsonb }
    public func encodeBinary(into bytes: inout [UInt8]) {
        bytes.append(1)
        bytes.append(contentsOf: text.utf8)
    }
}

extension Array: PostgresBinaryEncodable where Element: PostgresBinaryEncodable {
    public static var postgresType: PostgresType { Element.postgresType.array ?? PostgresType(oid: 0) }
    public func encodeBinary(into bytes: inout [UInt8]) { ArrayBinary.encode(self.map(Optional.some), into: &bytes) }
}
