/// An interval in PostgreSQL's three parts, which do not convert into each other: a month has no fixed number of
/// days, nor a day of hours.
public struct PostgresInterval: Sendable, Hashable, Codable {
    public var months: Int
    public var days: Int
    public var microseconds: Int64

    public init(months: Int = 0, days: Int = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }

    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(microseconds: Int64(clamping: Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000)))
    }

    /// The exact duration, nil if the interval has months or days.
    public var duration: Duration? {
        months == 0 && days == 0 ? .microseconds(microseconds) : nil
    }
}

extension PostgresInterval: PostgresEncodable {
    public static var parameterType: PostgresType? { .interval }

    public var postgresValue: PostgresValue {
        // Each with its sign: with IntervalStyle sql_standard a minus at the beginning would count for all. Seconds are split off because
        // 'N microseconds' with a large N overflows the parser's integer.
        let parts: [(Int64, String)] = [
            (Int64(months), "months"), (Int64(days), "days"), (microseconds / 1_000_000, "seconds"),
            (microseconds % 1_000_000, "microseconds"),
        ]
        return typed(parts.map { "\($0 < 0 ? "" : "+")\($0) \($1)" }.joined(separator: " "))
    }
}

extension Duration: PostgresEncodable {
    public static var parameterType: PostgresType? { .interval }
    public var postgresValue: PostgresValue { PostgresInterval(self).postgresValue }
}

extension PostgresInterval: PostgresDecodable {
    /// Reads IntervalStyle `postgres`: `1 year 2 mons -3 days -04:05:06.789`.
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(PostgresInterval.self)
        defer { cell.keep() }
        if cell.format == .binary, cell.typeOID == 1186, let value = PostgresInterval(binary: bytes) {
            self = value
            return
        }
        self.init()
        let words = try String(postgres: cell).split(separator: " ")
        var index = 0
        while index < words.count {
            if words[index].contains(":") {
                guard let time = Self.time(words[index]) else { throw cell.mismatch(PostgresInterval.self) }
                microseconds = time
                index += 1
                continue
            }
            guard index + 1 < words.count, let count = Int32(words[index]).map(Int.init) else {
                throw cell.mismatch(PostgresInterval.self)
            }
            switch words[index + 1] {
            case "year", "years": months += count * 12
            case "mon", "mons": months += count
            case "day", "days": days += count
            default: throw cell.mismatch(PostgresInterval.self)
            }
            index += 2
        }
    }

    /// nil for bytes of another length, and for the infinities that PostgreSQL 17 has.
    init?(binary bytes: UnsafeRawBufferPointer) {
        var reader = BinaryReader(bytes)
        guard let microseconds = reader.integer(Int64.self), let days = reader.integer(Int32.self),
            let months = reader.integer(Int32.self), reader.atEnd, days != .max || months != .max, days != .min || months != .min
        else { return nil }
        self.init(months: Int(months), days: Int(days), microseconds: microseconds)
    }

    /// As the server writes it with IntervalStyle postgres: a positive part after a negative one has a plus sign.
    var serverText: String {
        var parts: [String] = []
        var afterNegative = false
        for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] where value != 0 {
            parts.append("\(afterNegative && value > 0 ? "+" : "")\(value) \(unit)\(value == 1 ? "" : "s")")
            afterNegative = value < 0
        }
        if parts.isEmpty || microseconds != 0 {
            let sign = microseconds < 0 ? "-" : afterNegative ? "+" : ""
            parts.append(sign + TimestampText.time(microseconds.magnitude))
        }
        return parts.joined(separator: " ")
    }

    private static func time(_ text: Substring) -> Int64? {
        let negative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ":")
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]) else { return nil }
        let pieces = parts[2].split(separator: ".")
        guard let seconds = Int64(pieces[0]) else { return nil }
        var micros: Int64 = 0
        if pieces.count == 2 {
            guard pieces[1].count <= 6, let fraction = Int64(pieces[1].padding6) else { return nil }
            micros = fraction
        }
        let total = ((Int128(hours) * 60 + Int128(minutes)) * 60 + Int128(seconds)) * 1_000_000 + Int128(micros)
        return Int64(exactly: negative ? -total : total)
    }
}

extension Substring {
    fileprivate var padding6: String { String(self) + String(repeating: "0", count: count < 6 ? 6 - count : 0) }
}

extension Duration: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard let duration = try PostgresInterval(postgres: cell).duration else { throw cell.mismatch(Duration.self) }
        self = duration
    }
}
