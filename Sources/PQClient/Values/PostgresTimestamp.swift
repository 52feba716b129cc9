import Foundation

/// Day and time of day without a zone (SQL's `timestamp`), to the microsecond, or one of the infinities. A moment in time, which
/// `timestamptz` is, is a `Date`.
public struct PostgresTimestamp: Sendable, Hashable {
    /// Microseconds since 2000-01-01 00:00, the server's own count and range. The extremes are the infinities.
    public let microsecondsSince2000: Int64

    public static let infinity = PostgresTimestamp(microsecondsSince2000: .max)
    public static let negativeInfinity = PostgresTimestamp(microsecondsSince2000: .min)

    static let daysTo2000 = 10_957

    public init(microsecondsSince2000 count: Int64) { microsecondsSince2000 = count }

    /// nil for times that do not exist, for an infinite day and beyond the range of the type.
    public init?(_ date: PostgresDate, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0) {
        guard let days = date.daysSince1970, (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999_999).contains(microsecond)
        else { return nil }
        self.init(days: days, microseconds: ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond)
    }

    /// What clocks in UTC show at that moment. The distant future and past are the infinities; a date beyond the range of the type becomes
    /// a count that the server refuses (22008).
    public init(utc date: Date) { microsecondsSince2000 = TimestampText.binary(date) }

    /// From the form `2024-02-29 12:00:00.5`, without a zone; a day alone is its midnight.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ TimestampText.read(UnsafeRawBufferPointer($0)) }) else { return nil }
        self.init(value)
    }

    fileprivate init?(_ value: TimestampText.Value) {
        switch value {
        case .infinity: self = .infinity
        case .negativeInfinity: self = .negativeInfinity
        case .day(let days): self.init(days: days, microseconds: 0)
        case .moment(let days, let microseconds, nil): self.init(days: days, microseconds: microseconds)
        case .moment: return nil
        }
    }

    private init?(days: Int, microseconds: Int) {
        // Days before 2000 are counted from their end, because the first moments of the range would overflow otherwise.
        let day = days - Self.daysTo2000
        let (whole, rest) = day < 0 ? (day + 1, microseconds - 86_400_000_000) : (day, microseconds)
        let (product, overflow) = Int64(whole).multipliedReportingOverflow(by: 86_400_000_000)
        let (count, carry) = product.addingReportingOverflow(Int64(rest))
        guard !overflow, !carry else { return nil }
        self.init(microsecondsSince2000: count)
    }

    public var isFinite: Bool { microsecondsSince2000 != .max && microsecondsSince2000 != .min }

    /// The day; infinite for the infinities.
    public var day: PostgresDate {
        guard isFinite else { return microsecondsSince2000 < 0 ? .negativeInfinity : .infinity }
        return PostgresDate(daysSince1970: Int(microsecondsSince2000.flooredQuotient(86_400_000_000)) + Self.daysTo2000)
    }

    /// Microseconds since midnight; nil for the infinities.
    public var microsecondsOfDay: Int64? {
        guard isFinite else { return nil }
        let rest = microsecondsSince2000 % 86_400_000_000
        return rest < 0 ? rest + 86_400_000_000 : rest
    }

    /// The moment at which clocks in UTC show it; the distant future or past for the infinities.
    public var utc: Date { TimestampText.date(microseconds: microsecondsSince2000) }
}

extension PostgresTimestamp: Comparable, CustomStringConvertible {
    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microsecondsSince2000 < right.microsecondsSince2000
    }

    public var description: String {
        guard let days = day.daysSince1970, let time = microsecondsOfDay else { return day.description }
        let (text, era) = TimestampText.dateText(days)
        return text + " " + TimestampText.time(time, padded: true) + era
    }
}

extension PostgresTimestamp: PostgresCodable {
    public static var parameterType: PostgresType? { .timestamp }
    public var postgresValue: PostgresValue { typed(description) }

    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID == 1114, let count = BinaryReader.whole(bytes, Int64.self) {
            self.init(microsecondsSince2000: count)
            return
        }
        guard let value = PostgresTimestamp(try String(postgres: cell)) else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension PostgresTimestamp: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.parsed { PostgresTimestamp($0) } }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
