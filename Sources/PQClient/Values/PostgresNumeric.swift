import Foundation

/// A numeric as its text, so that no digit and no scale is lost: `12.50` stays `12.50`. Takes any number that the server can hold.
///
/// Equal means the same text, so `1.0` and `1.00` differ; ``decimal`` compares as a number.
public struct PostgresNumeric: Sendable, Hashable, CustomStringConvertible {
    /// Digits with an optional minus and point, or `NaN`, `Infinity`, `-Infinity`.
    public let text: String

    /// nil for any other text; exponents (`1e5`) are not accepted.
    public init?(_ text: String) {
        guard Self.names.contains(text) || Self.isPlain(text) else { return nil }
        self.text = text
    }

    public init(_ value: Decimal) { text = value.isNaN ? "NaN" : value.description }

    public init(_ value: some BinaryInteger) { text = String(value) }

    /// nil for infinities, and for more than the 38 digits that a `Decimal` is sure to keep.
    public var decimal: Decimal? { DecimalText.parse(text) }

    public var description: String { text }

    private static let names: Set<String> = ["NaN", "Infinity", "-Infinity"]

    private static func isPlain(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
        let parts = digits.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
    }
}

extension PostgresNumeric: PostgresCodable {
    public var postgresValue: PostgresValue { .text(text) }

    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard let value = PostgresNumeric(try String(postgres: cell)) else { throw cell.mismatch(PostgresNumeric.self) }
        self = value
    }
}

extension PostgresNumeric: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.parsed(PostgresNumeric.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(text) }
}

/// Types whose `Codable` form is one string.
extension Decoder {
    func parsed<T>(_ parse: (String) -> T?) throws -> T {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = parse(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text.prefix(60))' is not a value of \(T.self)")
        }
        return value
    }
}

extension Encoder {
    func write(_ text: String) throws {
        var container = singleValueContainer()
        try container.encode(text)
    }
}
