import Foundation

/// A type whose values can be parameters.
public protocol PostgresEncodable: Sendable {
    var postgresValue: PostgresValue { get }
    /// The SQL type that values are sent with, and NULL in their place; nil lets the server infer it. Only a type that no statement can
    /// mean otherwise is sent: a `Double` may stand for a numeric, and a `Date` for a timestamp in UTC, whose values a type would change,
    /// and an integer column takes a numeric of 2.5 as 3, but refuses the text.
    static var parameterType: PostgresType? { get }
    /// How an array of such values is sent; bytes are the one type that is not sent as an SQL array.
    static func postgresValue(of array: [Self]) -> PostgresValue
}

extension PostgresEncodable {
    public static var parameterType: PostgresType? { nil }

    public static func postgresValue(of array: [Self]) -> PostgresValue {
        .text(ArrayText.format(array.map(\.postgresValue)), typeOID: arrayType?.oid ?? 0)
    }

    /// Of integers nil: the server compares integers of different sizes, but not arrays of them.
    static var arrayType: PostgresType? { parameterType == .int4 ? nil : parameterType?.array }

    /// The text form with the type.
    func typed(_ text: String) -> PostgresValue { .text(text, typeOID: Self.parameterType?.oid ?? 0) }
}

extension Bool: PostgresEncodable {
    public static var parameterType: PostgresType? { .bool }
    public var postgresValue: PostgresValue { typed(self ? "t" : "f") }
}

/// Integers are sent as `integer` where they fit and as `bigint` otherwise, as the server reads a number in a statement: the smaller type
/// becomes the larger one where that is needed. The unsigned ones, which may stand for an oid or an xid, have no type.
extension Int: PostgresEncodable {
    public static var parameterType: PostgresType? { .int4 }
    public var postgresValue: PostgresValue { PostgresValue(integer: Int64(self)) }
}

extension Int8: PostgresEncodable {
    public static var parameterType: PostgresType? { .int4 }
    public var postgresValue: PostgresValue { PostgresValue(integer: Int64(self)) }
}

extension Int16: PostgresEncodable {
    public static var parameterType: PostgresType? { .int4 }
    public var postgresValue: PostgresValue { PostgresValue(integer: Int64(self)) }
}

extension Int32: PostgresEncodable {
    public static var parameterType: PostgresType? { .int4 }
    public var postgresValue: PostgresValue { PostgresValue(integer: Int64(self)) }
}

extension Int64: PostgresEncodable {
    public static var parameterType: PostgresType? { .int4 }
    public var postgresValue: PostgresValue { PostgresValue(integer: self) }
}

extension UInt: PostgresEncodable {
    public var postgresValue: PostgresValue { .unsigned(self) }
}

extension UInt16: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension UInt32: PostgresEncodable {
    public var postgresValue: PostgresValue { PostgresValue(.integer(Int64(self))) }
}

extension UInt64: PostgresEncodable {
    public var postgresValue: PostgresValue { .unsigned(self) }
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
    public static var parameterType: PostgresType? { .uuid }
    public var postgresValue: PostgresValue { typed(uuidString) }
}

extension Data: PostgresEncodable {
    public static var parameterType: PostgresType? { .bytea }
    public var postgresValue: PostgresValue { .bytes([UInt8](self)) }
}

extension Date: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(TimestampText.format(self)) }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    public static var parameterType: PostgresType? { Element.self == UInt8.self ? .bytea : Element.arrayType }

    public var postgresValue: PostgresValue { Element.postgresValue(of: self) }

    public static func postgresValue(of array: [[Element]]) -> PostgresValue {
        // [[UInt8]] is an array of bytea, whose elements are quoted; everything else is an array of arrays.
        .text(ArrayText.format(array.map(\.postgresValue), nested: Element.self != UInt8.self))
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var parameterType: PostgresType? { Wrapped.parameterType }
    public var postgresValue: PostgresValue { self?.postgresValue ?? .null(Wrapped.parameterType) }
}
