import Foundation

/// Dates and timestamps as the server counts them, and the text it writes for them.
extension TimestampText {
    /// The time from PostgreSQL's epoch (2000-01-01) to Foundation's (2001-01-01).
    private static let reference: Int64 = 366 * 86_400_000_000

    /// Whole microseconds since 2000 in UTC, PostgreSQL's own form. A date beyond the range of timestamps becomes a count that the server
    /// refuses.
    static func binary(_ date: Date) -> Int64 {
        if date == .distantFuture { return .max }
        if date == .distantPast { return .min }
        let (seconds, microseconds) = split(date)
        guard let whole = Int64(exactly: seconds), whole.magnitude < 9_000_000_000_000 else {
            return seconds < 0 ? .min + 1 : .max - 1
        }
        return whole * 1_000_000 + Int64(microseconds) + reference
    }

    /// Whole seconds since Foundation's epoch, rounded down, and the rest in microseconds, rounded: up to a million of them. Not finite if
    /// `date` is not.
    static func split(_ date: Date) -> (seconds: Double, microseconds: Double) {
        let seconds = date.timeIntervalSinceReferenceDate.rounded(.down)
        return (seconds, ((date.timeIntervalSinceReferenceDate - seconds) * 1_000_000).rounded())
    }

    static func date(microseconds: Int64) -> Date {
        if microseconds == .max { return .distantFuture }
        if microseconds == .min { return .distantPast }
        let (since, overflow) = microseconds.subtractingReportingOverflow(reference)
        guard !overflow else { return .distantPast }
        let seconds = since.flooredQuotient(1_000_000)
        return date(seconds: seconds, microseconds: since &- seconds &* 1_000_000)
    }

    /// Since 2001. Both parts are exact as Double; the sum is rounded once.
    private static func date(seconds: Int64, microseconds: Int64) -> Date {
        Date(timeIntervalSinceReferenceDate: Double(seconds) + Double(microseconds) / 1_000_000)
    }

    /// A day since 1970 and microseconds after its midnight, which may reach into the day before or after.
    static func date(days: Int, microseconds: Int) -> Date {
        let whole = microseconds.flooredQuotient(1_000_000)
        return date(
            seconds: Int64((days - PostgresTimestamp.daysTo2000 - 366) * 86_400 + whole),
            microseconds: Int64(microseconds - whole * 1_000_000))
    }

    static func date(days: Int32) -> Date {
        switch days {
        case .max: .distantFuture
        case .min: .distantPast
        default: date(seconds: (Int64(days) - 366) * 86_400, microseconds: 0)
        }
    }

    /// As the server writes it, without trailing zeros in the fraction.
    static func server(microseconds: Int64, zone: String) -> String {
        let timestamp = PostgresTimestamp(microsecondsSince2000: microseconds)
        guard let days = timestamp.day.daysSince1970, let rest = timestamp.microsecondsOfDay else { return timestamp.description }
        let (text, era) = dateText(days)
        return text + " " + time(rest) + zone + era
    }

    static func server(days: Int32) -> String {
        if days == .max { return "infinity" }
        if days == .min { return "-infinity" }
        let (text, era) = dateText(Int(days) + PostgresTimestamp.daysTo2000)
        return text + era
    }

    /// `hh:mm:ss.ffffff`, of any number of hours; `microseconds` is not negative. Without trailing zeros unless `padded`.
    static func time(_ microseconds: some BinaryInteger, padded: Bool = false) -> String {
        let seconds = Int(microseconds / 1_000_000)
        var text = "\(pad(seconds / 3600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2))"
        let fraction = Int(microseconds % 1_000_000)
        guard padded || fraction != 0 else { return text }
        text += "." + pad(fraction, 6)
        if !padded { while text.last == "0" { text.removeLast() } }
        return text
    }
}
