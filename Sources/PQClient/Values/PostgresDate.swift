import Foundation

/// A day of the calendar without time or zone (SQL's `date`), or one of the infinities. Days are those of the proleptic Gregorian
/// calendar; the server takes 4714-11-24 BC to 5874897-12-31.
public struct PostgresDate: Sendable, Hashable {
    /// Days since 1970-01-01; the extremes of `Int` are the infinities.
    private let days: Int

    public static let infinity = PostgresDate(daysSince1970: .max)
    public static let negativeInfinity = PostgresDate(daysSince1970: .min)

    public init(daysSince1970 days: Int) { self.days = days }

    /// Years are astronomical: 0 is 1 BC, -1 is 2 BC. nil if there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...31).contains(day), abs(year) < 10_000_000 else { return nil }
        days = TimestampText.days(year, month, day)
        guard TimestampText.civil(fromDays: days).day == day else { return nil }
    }

    /// The day in UTC. The distant future and past are the infinities; a date beyond the range of the type becomes a day that the server
    /// refuses (22008).
    public init(utc date: Date) {
        let count = (date.timeIntervalSince1970 / 86_400).rounded(.down)
        let exact = Int(exactly: count) ?? (count < 0 ? -Self.beyond : Self.beyond)
        days = date == .distantFuture ? .max : date == .distantPast ? .min : exact
    }

    /// In the year 10,953,489, which is no year for the server, while the text of it can still be calculated.
    private static let beyond = 4_000_000_000

    /// From the form `2024-02-29`, `0044-03-15 BC`, `infinity`.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ TimestampText.read(UnsafeRawBufferPointer($0)) }) else { return nil }
        self.init(value)
    }

    fileprivate init?(_ value: TimestampText.Value) {
        switch value {
        case .infinity: self = .infinity
        case .negativeInfinity: self = .negativeInfinity
        case .day(let days): self.init(daysSince1970: days)
        case .moment: return nil
        }
    }

    public var isFinite: Bool { days != .max && days != .min }

    /// nil for the infinities.
    public var daysSince1970: Int? { isFinite ? days : nil }

    /// nil for the infinities; year 0 is 1 BC.
    public var civil: (year: Int, month: Int, day: Int)? { isFinite ? TimestampText.civil(fromDays: days) : nil }

    /// Midnight in UTC; the distant future or past for the infinities.
    public var utc: Date {
        days == .max ? .distantFuture : days == .min ? .distantPast : Date(timeIntervalSince1970: Double(days) * 86_400)
    }
}

extension PostgresDate: Comparable, CustomStringConvertible {
    public static func < (left: PostgresDate, right: PostgresDate) -> Bool { left.days < right.days }

    public var description: String {
        guard isFinite else { return days < 0 ? "-infinity" : "infinity" }
        let (text, era) = TimestampText.dateText(min(max(days, -Self.beyond), Self.beyond))
        return text + era
    }
}

extension PostgresDate: PostgresCodable {
    public static var parameterType: PostgresType? { .date }
    public var postgresValue: PostgresValue { typed(description) }

    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard let value = PostgresDate(try String(postgres: cell)) else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension PostgresDate: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.parsed { PostgresDate($0) } }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
