import Foundation
import PQClient
import Testing

/// Values come out right whatever the role or the database is configured for.
@Suite(.timeLimit(.minutes(2))) struct SessionSettingTests {
    @Test(.needsSession("the pooler ignores what a connection string sets for its session"))
    func settingsThatChangeValuesAreSet() async throws {
        let odd = "-c bytea_output=escape -c extra_float_digits=-10 -c array_nulls=off -c datestyle=German -c intervalstyle=sql_standard"
        let encoded = try #require(odd.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        try await TestServer.with(TestServer.url + "&options=\(encoded)") { connection in
            let bytes: [UInt8] = [0, 92, 200, 65]
            let row = try await connection.query(
                "SELECT \(bytes), 0.1::float8 + 0.2::float8, \([1, nil])::int[], '2024-02-03'::date, '-1 day'::interval"
            ).single()
            #expect(try row.get(0, as: [UInt8].self) == bytes && row.get(1, as: Double.self) == 0.1 + 0.2)
            #expect(try row.get(2, as: [Int?].self) == [1, nil] && row.get(3, as: PostgresDate.self).description == "2024-02-03")
            #expect(try row.get(4, as: PostgresInterval.self) == PostgresInterval(days: -1))
            // What a session sets later is read all the same.
            try await connection.execute("SET bytea_output = escape; SET IntervalStyle = sql_standard")
            let all = (0...255).map { UInt8($0) }
            let negative = PostgresInterval(months: -1, days: 5)
            let later = try await connection.query("SELECT \(all), \([all])::bytea[], extract(day FROM \(negative))::int").single()
            #expect(try later.decode([UInt8].self, [[UInt8]].self, Int.self) == (all, [all], 5))
        }
    }
}
