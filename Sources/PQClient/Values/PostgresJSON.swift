import Foundation

/// A json or jsonb value as its text, so that nothing is lost on the way; `decode` and `init(encoding:)` go to and from Swift types, dates
/// in ISO 8601 to the microsecond.
public struct PostgresJSON: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public var text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral value: String) { text = value }

    public init(encoding value: some Encodable) throws(PostgresError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            let seconds = date.timeIntervalSinceReferenceDate
            // The number in place of the date, because such a date has no description.
            guard seconds.isFinite else {
                throw EncodingError.invalidValue(seconds, .init(codingPath: encoder.codingPath, debugDescription: "not a date in ISO 8601"))
            }
            var container = encoder.singleValueContainer()
            try container.encode(TimestampText.iso8601(date))
        }
        do {
            text = String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw PostgresError(.usage, "\(type(of: value)) cannot be written as JSON: \(error)")
        }
    }

    public func decode<T: Decodable>(_ type: T.Type = T.self) throws(PostgresError) -> T {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw PostgresError(.decoding, "JSON does not fit \(type): \(error)", detail: String(text.prefix(200)))
        }
    }

    public var description: String { text }
}

extension PostgresJSON: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { .text(text) }
    public init(postgres cell: PostgresCell) throws(PostgresError) { text = try String(postgres: cell) }
}

/// As a string that holds the JSON, for types that are decoded from rows.
extension PostgresJSON: Codable {
    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
