import Foundation

/// Reads one row of a result for `Decodable`.
struct RowDecoder: Decoder {
    let columns: ColumnIndex
    let row: Int

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func decode<T: Decodable>(_ type: T.Type) throws(PostgresError) -> T {
        do {
            // A type that reads a single column reads the only one.
            return T.self is any PostgresDecodable.Type ? try onlyCell().decode(type) : try T(from: self)
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.decoding, "row \(row) cannot be read as \(type): \(PostgresCell.reason(error))")
        }
    }

    private func onlyCell() throws(PostgresError) -> PostgresCell {
        guard columns.names.count == 1 else {
            throw PostgresError(.decoding, "row \(row) has \(columns.names.count) columns and was read as a single value")
        }
        return columns.storage.cell(row: row, column: 0)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RowContainer(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw PostgresError(.decoding, "row \(row) cannot be read as a sequence: columns are read by their names")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { CellDecoder(cell: try onlyCell()) }
}

/// Reads the columns of one row by the keys of a type.
private struct RowContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: RowDecoder

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { decoder.columns.names.compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool {
        // With several columns of that name, reading one reports what is wrong.
        do { return try decoder.columns.column(key.stringValue) != nil } catch { return true }
    }

    private func cell(_ key: Key) throws(PostgresError) -> PostgresCell {
        guard let column = try decoder.columns.column(key.stringValue) else {
            let snakeCase = ColumnIndex.snakeCase(key.stringValue)
            throw PostgresError(
                .decoding,
                "row \(decoder.row): no column is named \(key.stringValue)\(snakeCase == key.stringValue ? "" : " or \(snakeCase)")",
                detail: "columns: \(decoder.columns.names.joined(separator: ", "))")
        }
        return decoder.columns.storage.cell(row: decoder.row, column: column)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try cell(key).isNull }

    // Also serves the numbers, String and Bool, for each of which the protocol has a method.
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try cell(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw try cell(key).failure("the column has no keys of its own that could be read one by one")
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw try cell(key).failure("the column's elements cannot be read one by one")
    }

    func superDecoder() -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder { CellDecoder(cell: try cell(key)) }
}

/// Reads one value, for types that are not known to the client but are `Decodable`.
private struct CellDecoder: Decoder, SingleValueDecodingContainer {
    let cell: PostgresCell

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw cell.failure("'\(cell.text?.prefix(60) ?? "NULL")' has no keys", hint: "only json and jsonb are read by keys")
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        ElementContainer(elements: try cell.elementsOfAnyDimension())
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { cell.isNull }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try cell.decode(type) }
}

/// Reads the elements of an array, for types that are not known to the client: enums, and structs from jsonb.
private struct ElementContainer: UnkeyedDecodingContainer {
    let elements: [PostgresCell]
    var currentIndex = 0

    var codingPath: [any CodingKey] { [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    private mutating func next() throws -> PostgresCell {
        guard !isAtEnd else {
            let context = DecodingError.Context(codingPath: [], debugDescription: "the array has only \(elements.count) elements")
            throw DecodingError.valueNotFound(Any.self, context)
        }
        defer { currentIndex += 1 }
        return elements[currentIndex]
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try CellDecoder(cell: next()).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try CellDecoder(cell: next()).unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { CellDecoder(cell: try next()) }
}

extension PostgresCell {
    fileprivate func decode<T: Decodable>(_ type: T.Type) throws(PostgresError) -> T {
        do {
            if PostgresType(oid: typeOID).isJSON, !isNull, !Self.isText(type) {
                let decoder = JSONDecoder()
                decoder.dateDecodingStrategy = .iso8601
                return try decoder.decode(type, from: Data(try String(postgres: self).utf8))
            }
            if let known = type as? any PostgresDecodable.Type, let value = try known.init(postgres: self) as? T { return value }
            return try T(from: CellDecoder(cell: self))
        } catch let error as PostgresError {
            throw error
        } catch {
            throw failure("'\(text?.prefix(60) ?? "NULL")' is not a value of \(type): \(Self.reason(error))")
        }
    }

    private static func isText(_ type: Any.Type) -> Bool {
        type == String.self || type == PostgresJSON.self || type == String?.self || type == PostgresJSON?.self
    }

    /// The message of a decoding error, without the types around it.
    fileprivate static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context), .keyNotFound(_, let context):
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
        default: return "\(error)"
        }
    }
}
