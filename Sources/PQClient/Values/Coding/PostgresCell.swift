/// One value as the server sent it, in text or binary form.
public struct PostgresCell: Sendable {
    /// Keeps the bytes alive.
    let owner: any Sendable & AnyObject
    // The bytes belong to `owner` and never change, so they may be read from any thread.
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer?
    /// The type's object id; 0 for a part of a value in text form, whose type is not known.
    public let typeOID: UInt32
    public let format: PostgresFormat
    let row: Int32
    let column: Int32

    public var isNull: Bool { bytes == nil }

    /// The text form, nil for NULL. A binary value is written as the server would write it in UTC (a float is sometimes shorter but reads
    /// back as the same number); a value of a type that only the server can write is given as `\x` and its bytes.
    public var text: String? {
        guard let bytes else { return nil }
        guard format == .binary else { return String(decoding: bytes, as: UTF8.self) }
        return BinaryText.render(bytes, type: PostgresType(oid: typeOID)) ?? ByteText.hex([UInt8](bytes))
    }

    /// The bytes as they came, nil for NULL.
    public var rawBytes: [UInt8]? { bytes.map { [UInt8]($0) } }

    /// The bytes, or an error because the value is NULL.
    func required(_ type: Any.Type) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes else {
            throw failure("NULL was read as \(type)", hint: "read it as \(type)?, or use COALESCE in the statement")
        }
        return bytes
    }

    /// Keeps the bytes alive. To be called by an initialiser after their last use, because it may release its argument earlier.
    @inline(__always) func keep() { withExtendedLifetime(owner) {} }

    /// The text form, from which more combinations of types can be read than from the binary one.
    func textual(_ type: Any.Type) throws(PostgresError) -> String {
        let bytes = try required(type)
        guard format == .binary else { return String(decoding: bytes, as: UTF8.self) }
        guard let text = BinaryText.render(bytes, type: PostgresType(oid: typeOID)) else {
            throw failure(
                "the binary form cannot be read as \(type)", hint: "ask for text, or cast the column to text in the statement")
        }
        return text
    }

    /// The error for a value that cannot be read as `type`: it names the row, the column with its type, and the value.
    public func mismatch(_ type: Any.Type) -> PostgresError { failure("\(shown) is not a value of \(type)") }

    /// The beginning of the value, for messages.
    var shown: String { text.map { "'\($0.prefix(60))'" } ?? "NULL" }

    /// An error that says where `problem` is: `row 0, column 2 "c" (int4): …`.
    func failure(_ problem: String, hint: String? = nil) -> PostgresError {
        let source = owner as? ResultStorage ?? (owner as? PartBytes)?.source
        let name = source?.columnName(Int(column))
        let oid = source?.columnType(Int(column)) ?? typeOID
        let type = PostgresType(oid: oid).name
        let part = oid != 0 && typeOID != oid ? "part of " : ""
        var error = PostgresError(
            .decoding, "row \(row), \(part)column \(column)\(name.map { " \"\($0)\"" } ?? "") (\(type ?? "type \(oid)")): \(problem)",
            detail: "Rows and columns are counted from 0.", hint: hint)
        error.column = name
        error.dataType = type
        return error
    }

    /// A part of this value (element, field, bound) whose bytes lie inside this cell's.
    func part(_ bytes: UnsafeRawBufferPointer?, typeOID: UInt32) -> PostgresCell {
        PostgresCell(owner: owner, bytes: bytes, typeOID: typeOID, format: format, row: row, column: column)
    }

    /// A part of this value, in text form unquoted.
    func part(copying content: [UInt8]?, typeOID: UInt32, format: PostgresFormat = .text) -> PostgresCell {
        guard let content else {
            return PostgresCell(owner: owner, bytes: nil, typeOID: typeOID, format: format, row: row, column: column)
        }
        let part = PartBytes(content, source: owner as? ResultStorage ?? (owner as? PartBytes)?.source)
        return PostgresCell(
            owner: part, bytes: UnsafeRawBufferPointer(part.buffer), typeOID: typeOID, format: format, row: row, column: column)
    }
}

/// Bytes of a part of a value, unquoted, that cells point into.
private final class PartBytes: Sendable {
    // Written in `init` only.
    nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer
    let source: ResultStorage?

    init(_ content: [UInt8], source: ResultStorage?) {
        buffer = .allocate(byteCount: content.count, alignment: 1)
        buffer.copyBytes(from: content)
        self.source = source
    }

    deinit { buffer.deallocate() }
}
