import Foundation

/// A type whose values can be parameters.
public protocol PostgresEncodable: Sendable {
    var postgresValue: PostgresValue { get }
    /// How an array of such values is sent; bytes are the one type that is not sent as an SQL array.
    static func postgresValue(of array: [Self]) -> PostgresValue
}

extension PostgresEncodable {
    public static func postgresValue(of array: [Self]) -> PostgresValue {
        .text(ArrayText.format(array.map(\.postgresValue)))
    }
}

extension Bool: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(self ? "t" : "f") }
}

extension Int: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension Int8: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension Int16: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension Int32: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension Int64: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(self)) }
}

extension UInt: PostgresEncodable {
    public var postgresValue: PostgresValue { .integer(self) }
}

extension UInt16: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension UInt32: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension UInt64: PostgresEncodable {
    public var postgresValue: PostgresValue { .integer(self) }
}

extension UInt8: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
    public static func postgresValue(of array: [UInt8]) -> PostgresValue { .bytes(array) }
}

extension Double: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(FloatText.format(self)) }
}

extension Float: PostgresEncodable {
    public var postgresValue: PostgresValue {
        .text(isFinite ? String(self) : FloatText.format(Double(self)))
    }
}

extension Decimal: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(isNaN ? "NaN" : description) }
}

extension String: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(self) }
}

extension UUID: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(uuidString) }
}

extension Data: PostgresEncodable {
    public var postgresValue: PostgresValue { .bytes([UInt8](self)) }
}

extension Date: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(TimestampText.format(self)) }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    public var postgresValue: PostgresValue { Element.postgresValue(of: self) }

    public static func postgresValue(of array: [[Element]]) -> PostgresValue {
        // [[UInt8]] is an array of bytea, whose elements are quoted; everything else is an array of arrays.
        .text(ArrayText.format(array.map(\.postgresValue), nested: Element.self != UInt8.self))
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public var postgresValue: PostgresValue { self?.postgresValue ?? .null }
}
