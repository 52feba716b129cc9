import Foundation
import Testing

@testable import PQClient

/// Days, timestamps without zone and numerics, each against the server with random values.
@Suite struct CalendarTests {
    @Test(arguments: [UInt64.random(in: 0...UInt64.max)])
    func daysAreTheServers(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        try await TestServer.with { connection in
            // The first and last day of the type, and days of every size in between.
            var days = [-2_440_588, 2_145_031_948, 0, -719_163, -719_162].map(PostgresDate.init(daysSince1970:))
            for _ in 0..<200 {
                let limit = Int(1) << Int.random(in: 1...21, using: &random)
                days.append(PostgresDate(daysSince1970: Int.random(in: -limit...limit, using: &random)))
            }
            let result = try await connection.query(
                """
                SELECT d, d - date '1970-01-01', extract(year FROM d)::int, extract(month FROM d)::int, extract(day FROM d)::int
                FROM unnest(\(days)::date[]) WITH ORDINALITY u(d, n) ORDER BY n
                """)
            for (day, row) in zip(days, try result.decode(PostgresDate.self, Int.self, Int.self, Int.self, Int.self)) {
                let (back, count, year, month, dayOfMonth) = row
                #expect(back == day && day.daysSince1970 == count, "seed \(seed)")
                // The server has no year 0.
                let counted = year > 0 ? year : year + 1
                #expect(try #require(day.civil) == (counted, month, dayOfMonth), "seed \(seed)")
                #expect(PostgresDate(year: counted, month: month, day: dayOfMonth) == day && PostgresDate(day.description) == day)
                #expect(PostgresDate(utc: day.utc) == day, "seed \(seed)")
            }
            let row = try await connection.query(
                "SELECT \(PostgresDate.infinity)::date, \(PostgresDate.negativeInfinity)::date, now(), 'x', NULL::date"
            ).single()
            #expect(try row.get(0, as: PostgresDate.self) == .infinity && row.get(1, as: PostgresDate.self) == .negativeInfinity)
            for column in 2..<5 { #expect(throws: PostgresError.self) { try row.get(column, as: PostgresDate.self) } }
        }
    }

    @Test func onlyDaysOfTheCalendarAreDays() throws {
        #expect(PostgresDate(year: 2023, month: 2, day: 29) == nil && PostgresDate("2023-02-29") == nil)
        #expect(PostgresDate(year: 1900, month: 2, day: 29) == nil && PostgresDate(year: 2000, month: 2, day: 29) != nil)
        #expect(PostgresDate("2024-13-01") == nil && PostgresDate("2024-1") == nil && PostgresDate("infinityx") == nil)
        #expect(PostgresDate("0044-03-15 BC")?.civil?.year == -43)
        #expect(PostgresDate.negativeInfinity < PostgresDate(daysSince1970: 0) && PostgresDate(daysSince1970: 0) < .infinity)
        #expect(PostgresDate.infinity.utc == .distantFuture && PostgresDate(utc: .distantPast) == .negativeInfinity)
        #expect(PostgresDate.infinity.civil == nil && PostgresDate.infinity.daysSince1970 == nil)
        let json = try JSONEncoder().encode([PostgresDate("2024-02-29")!, .infinity])
        #expect(String(decoding: json, as: UTF8.self) == "[\"2024-02-29\",\"infinity\"]")
        #expect(try JSONDecoder().decode([PostgresDate].self, from: json).first == PostgresDate("2024-02-29"))
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([PostgresDate].self, from: Data("[\"x\"]".utf8)) }
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max)])
    func timestampsAreTheServersToTheMicrosecond(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        try await TestServer.with { connection in
            // The first and the last moment of the type.
            var values = [-211_813_488_000_000_000, 9_223_371_331_199_999_999, 0, -1].map(PostgresTimestamp.init(microsecondsSince2000:))
            for _ in 0..<200 {
                let limit = Int64(1) << Int64.random(in: 1...57, using: &random)
                values.append(PostgresTimestamp(microsecondsSince2000: Int64.random(in: -limit...limit, using: &random)))
            }
            let result = try await connection.query(
                """
                SELECT t, extract(day FROM i) * 86400000000 + extract(hour FROM i) * 3600000000 + extract(minute FROM i) * 60000000
                          + extract(microseconds FROM i), t::date
                FROM (SELECT t, n, t - timestamp '2000-01-01' AS i FROM unnest(\(values)::timestamp[]) WITH ORDINALITY u(t, n)) v
                ORDER BY n
                """)
            for (value, row) in zip(values, try result.decode(PostgresTimestamp.self, Decimal.self, PostgresDate.self)) {
                #expect(row.0 == value && row.1 == Decimal(value.microsecondsSince2000) && row.2 == value.day, "seed \(seed)")
                #expect(PostgresTimestamp(value.description) == value, "seed \(seed)")
            }
            let row = try await connection.query(
                """
                SELECT \(PostgresTimestamp.infinity)::timestamp, '-infinity'::timestamp, date '2024-02-29', timestamp '2024-02-29 12:00',
                       now(), 'x', '2024-02-29 25:00:00'
                """
            ).single()
            #expect(try row.get(0, as: PostgresTimestamp.self) == .infinity)
            #expect(try row.get(1, as: PostgresTimestamp.self) == .negativeInfinity)
            let leap = PostgresDate(year: 2024, month: 2, day: 29)!
            #expect(try row.get(2, as: PostgresTimestamp.self) == PostgresTimestamp(leap))
            let noon = try row.get(3, as: PostgresTimestamp.self)
            #expect(noon == PostgresTimestamp(leap, hour: 12) && noon.utc == Date(timeIntervalSince1970: 1_709_208_000))
            #expect(PostgresTimestamp(utc: noon.utc) == noon && PostgresTimestamp(leap, hour: 24) == nil)
            #expect(PostgresTimestamp(.infinity) == nil && PostgresTimestamp(PostgresDate(daysSince1970: 2_145_031_948)) == nil)
            for column in 4..<7 { #expect(throws: PostgresError.self) { try row.get(column, as: PostgresTimestamp.self) } }
        }
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max)])
    func numericsKeepEveryDigit(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        try await TestServer.with { connection in
            var texts = ["0", "0.00", "12.50", "-0.1", "NaN", "Infinity", "-Infinity"]
            for _ in 0..<200 {
                func digits(_ range: ClosedRange<Int>) -> String {
                    (0..<Int.random(in: range, using: &random)).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
                }
                let (whole, fraction) = (String("1" + digits(0...60)), digits(0...40))
                texts.append((Bool.random(using: &random) ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction))
            }
            let values = try texts.map { try #require(PostgresNumeric($0)) }
            let result = try await connection.query(
                "SELECT n, n::text FROM unnest(\(values)::numeric[]) WITH ORDINALITY u(n, i) ORDER BY i")
            for (value, row) in zip(values, try result.decode(PostgresNumeric.self, String.self)) {
                #expect(row.0 == value && row.1 == value.text, "seed \(seed)")
            }
            #expect(PostgresNumeric("12.50")?.decimal == 12.5 && PostgresNumeric("Infinity")?.decimal == nil)
            #expect(PostgresNumeric(Decimal(string: "1.5")!).text == "1.5" && PostgresNumeric(UInt64.max).text == "18446744073709551615")
            for text in ["", "1.", ".5", "--1", "1e5", "abc", "1.2.3", "+1", "١"] { #expect(PostgresNumeric(text) == nil) }
            let row = try await connection.query("SELECT 'x', NULL::numeric").single()
            for column in 0..<2 { #expect(throws: PostgresError.self) { try row.get(column, as: PostgresNumeric.self) } }
        }
    }
}
