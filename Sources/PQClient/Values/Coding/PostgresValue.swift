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

    init(integer value: Int64) {
        self.init(.integer(value), typeOID: (Int32(exactly: value) == nil ? PostgresType.int8 : .int4).oid)
    }

    public static let null = PostgresValue(.null)

    static func null(_ type: PostgresType?) -> PostgresValue { PostgresValue(.null, typeOID: type?.oid ?? 0) }

    public static func text(_ text: String, typeOID: UInt32 = 0) -> PostgresValue {
        PostgresValue(.text(text), typeOID: typeOID)
    }

    public static func integer(_ value: some BinaryInteger & Sendable) -> PostgresValue {
        Int64(exactly: value).map { PostgresValue(integer: $0) } ?? .text(String(value))
    }

    static func unsigned(_ value: some UnsignedInteger) -> PostgresValue {
        Int64(exactly: value).map { PostgresValue(.integer($0)) } ?? .text(String(value))
    }

    /// The same value with another type.
    func typed(_ type: PostgresType) -> PostgresValue {
        if case .bytes = storage, let text { return .text(text, typeOID: type.oid) }
        return PostgresValue(storage, typeOID: type.oid)
    }

    public static func bytes(_ bytes: [UInt8]) -> PostgresValue { PostgresValue(.bytes(bytes), typeOID: 17) }

    /// The text form; nil for NULL. Bytes that are not the binary form of a known type are given in bytea's hex form.
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

extension PostgresValue: PostgresEncodable {
    public var postgresValue: PostgresValue { self }
}
