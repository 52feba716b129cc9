import Foundation

/// One parameter, in the form it travels in: text, or bytes for bytea and for what is sent in binary.
public struct PostgresValue: Sendable, Hashable {
    enum Storage: Sendable, Hashable {
        case null
        case integer(Int64)
        case text(String)
        case bytes([UInt8])
    }

    var storage: Storage
    /// The type's object id; 0 lets the server infer it.
    public var typeOID: UInt32

    init(_ storage: Storage, typeOID: UInt32 = 0) {
        self.storage = storage
        self.typeOID = typeOID
    }

    public static let null = PostgresValue(.null)

    public static func text(_ text: String, typeOID: UInt32 = 0) -> PostgresValue {
        PostgresValue(.text(text), typeOID: typeOID)
    }

    public static func integer(_ value: some BinaryInteger & Sendable) -> PostgresValue {
        Int64(exactly: value).map { PostgresValue(.integer($0)) } ?? .text(String(value))
    }

    public static func bytes(_ bytes: [UInt8]) -> PostgresValue { PostgresValue(.bytes(bytes), typeOID: 17) }

    /// The text form, nil for NULL; bytes that are not in the binary form of a known type in bytea's hex form.
    public var text: String? {
        switch storage {
        case .null: nil
        case .integer(let value): String(value)
        case .text(let text): text
        case .bytes(let bytes):
            bytes.withUnsafeBytes { BinaryText.render($0, type: PostgresType(oid: typeOID)) } ?? ByteText.hex(bytes)
        }
    }
}

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

extension PostgresValue: PostgresEncodable {
    public var postgresValue: PostgresValue { self }
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
        // [[UInt8]] is an array of bytea, whose elements are quoted; all else is an array of arrays.
        .text(ArrayText.format(array.map(\.postgresValue), nested: Element.self != UInt8.self))
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public var postgresValue: PostgresValue { self?.postgresValue ?? .null }
}
