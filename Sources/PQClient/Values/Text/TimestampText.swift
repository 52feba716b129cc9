import Foundation

/// Timestamps and dates in ISO style, to which every connection is set.
enum TimestampText {
    /// The text for a parameter. The server refuses a date outside the range of timestamps (22008).
    static func format(_ date: Date) -> String { server(microseconds: binary(date), zone: "+00") }

    /// ISO 8601 as in JSON, with the fraction of a second if there is one: `2024-05-01T10:00:00.750000Z`.
    static func iso8601(_ date: Date) -> String {
        let (seconds, microseconds) = split(date)
        let isNextSecond = microseconds == 1_000_000
        let whole = Date(timeIntervalSinceReferenceDate: isNextSecond ? seconds + 1 : seconds).ISO8601Format()
        return isNextSecond || microseconds == 0 ? whole : "\(whole.dropLast()).\(pad(Int(microseconds), 6))Z"
    }

    /// `2024-02-29`, and ` BC` for the years before 1.
    static func dateText(_ days: Int) -> (text: String, era: String) {
        let (year, month, day) = civil(fromDays: days)
        // There is no year 0: year 0 of the proleptic calendar is 1 BC.
        return ("\(pad(year > 0 ? year : 1 - year, 4))-\(pad(month, 2))-\(pad(day, 2))", year > 0 ? "" : " BC")
    }

    static func parse(_ text: UnsafeRawBufferPointer) -> Date? {
        switch read(text) {
        case .infinity: .distantFuture
        case .negativeInfinity: .distantPast
        case .day(let days): date(days: days, microseconds: 0)
        case .moment(let days, let microseconds, let offset):
            date(days: days, microseconds: microseconds - (offset ?? 0) * 1_000_000)
        case nil: nil
        }
    }

    /// The contents of a date or timestamp.
    enum Value {
        case infinity, negativeInfinity
        /// Days since 1970-01-01, without a time.
        case day(Int)
        /// The day, the microseconds since midnight as clocks show them, and the zone in seconds east of UTC if there is one.
        case moment(days: Int, microseconds: Int, offset: Int?)
    }

    /// nil for text that is neither a date nor a timestamp in ISO style.
    static func read(_ text: UnsafeRawBufferPointer) -> Value? {
        var scanner = Scanner(text: text)
        if scanner.skip("infinity") { return scanner.atEnd ? .infinity : nil }
        if scanner.skip("-infinity") { return scanner.atEnd ? .negativeInfinity : nil }
        guard var year = scanner.number(), scanner.skip("-"), let month = scanner.number(), scanner.skip("-"),
            let day = scanner.number(), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var time: (microseconds: Int, offset: Int?)?
        var beforeChrist = scanner.skip(" BC")
        if !beforeChrist, scanner.skip(" ") {
            guard let hour = scanner.number(), scanner.skip(":"), let minute = scanner.number(), scanner.skip(":"),
                let second = scanner.number(), hour <= 24, minute < 60, second <= 60
            else { return nil }
            var microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000
            if scanner.skip(".") {
                guard let fraction = scanner.fraction() else { return nil }
                microseconds += fraction
            }
            guard let offset = scanner.zone() else { return nil }
            time = (microseconds, offset)
            beforeChrist = scanner.skip(" BC")
        }
        if beforeChrist { year = 1 - year }
        let days = days(year, month, day)
        guard scanner.atEnd, day <= 28 || civil(fromDays: days).day == day else { return nil }
        guard let time else { return .day(days) }
        return .moment(days: days, microseconds: time.microseconds, offset: time.offset)
    }

    static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y.flooredQuotient(400)
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = z.flooredQuotient(146_097)
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension BinaryInteger {
    /// Rounded towards minus infinity, so that days before 1970 come out right.
    func flooredQuotient(_ divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// Reads the pieces of a timestamp.
private struct Scanner {
    let text: UnsafeRawBufferPointer
    var index = 0

    init(text: UnsafeRawBufferPointer) { self.text = text }

    var atEnd: Bool { index == text.count }

    mutating func skip(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard index + length <= text.count else { return false }
        for offset in 0..<length where text[index + offset] != literal.utf8Start[offset] { return false }
        index += length
        return true
    }

    mutating func number() -> Int? {
        var value = 0
        let start = index
        while index < text.count, index - start < 7, let digit = digit(text[index]) {
            value = value * 10 + digit
            index += 1
        }
        return index > start ? value : nil
    }

    /// Up to six digits after the point, as microseconds.
    mutating func fraction() -> Int? {
        let start = index
        guard var value = number(), index - start <= 6 else { return nil }
        for _ in (index - start)..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC: nothing (`.some(nil)`), `+hh`, `+hh:mm` or `+hh:mm:ss`; nil for anything else.
    mutating func zone() -> Int?? {
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return .some(nil) }
        guard let hours = number() else { return .none }
        var seconds = hours * 3600
        if skip(":") {
            guard let minutes = number() else { return .none }
            seconds += minutes * 60
        }
        if skip(":") {
            guard let rest = number() else { return .none }
            seconds += rest
        }
        return sign * seconds
    }

    private func digit(_ byte: UInt8) -> Int? {
        let value = byte &- UInt8(ascii: "0")
        return value <= 9 ? Int(value) : nil
    }
}
