import Foundation
import PQClient
import Testing

@Suite struct CodecTests {
    private enum Mood: String, Codable, PostgresCodable { case calm, glad }
    private enum Level: Int, PostgresCodable {
        case low = 1
        case high = 9
    }

    private struct Item: PostgresDecodable, PostgresEncodable, Equatable {
        var id: Int
        var name: String?

        init(id: Int, name: String?) {
            self.id = id
            self.name = name
        }

        init(postgres cell: PostgresCell) throws(PostgresError) { (id, name) = try cell.fields(Int.self, String?.self) }
        var postgresValue: PostgresValue { .record(id, name) }
    }

    /// The answer to `query` in both forms.
    private func both(_ query: PostgresQuery, _ connection: PostgresConnection) async throws -> [PostgresResult] {
        [try await connection.query(query), try await connection.query(query.answered(in: .binary))]
    }

    @Test func enumsAndRecordsAreReadInBothForms() async throws {
        try await TestServer.with { connection in
            let (mood, item) = (TestServer.unique("m"), TestServer.unique("i"))
            try await connection.execute("CREATE TYPE \(mood) AS ENUM ('calm', 'glad', 'new'); CREATE TYPE \(item) AS (id int, name text)")
            let things = [Item(id: 1, name: "a \"b\", (c)"), Item(id: 2, name: nil)]
            let query: PostgresQuery = """
                SELECT \(Mood.glad)::\(unescaped: mood), \([Mood.calm, .glad])::\(unescaped: mood)[], \(Level.high)::int,
                       \(things[0])::\(unescaped: item), \(things)::\(unescaped: item)[], 'new'::\(unescaped: mood)
                """
            for result in try await both(query, connection) {
                let row = try result.single()
                #expect(try row.get(0, as: Mood.self) == .glad && row.get(1, as: [Mood].self) == [.calm, .glad])
                #expect(try row.get(2, as: Level.self) == .high)
                #expect(try row.get(3, as: Item.self) == things[0] && row.get(4, as: [Item].self) == things)
                #expect(await failure { try row.get(5, as: Mood.self) }?.message.contains("'new'") == true)
                #expect(await failure { try row.cell(3).fields(Int.self) }?.message.contains("2 fields") == true)
                #expect(await failure { try row.get(2, as: Item.self) }?.kind == .decoding)
                #expect(row.text(0) == "glad")
            }
        }
    }

    @Test func rangesHaveTheirLimits() async throws {
        try await TestServer.with { connection in
            let query: PostgresQuery = """
                SELECT 'empty'::int4range, '(,)'::int8range, \(PostgresRange(3..<7))::int4range, \(PostgresRange(3...7))::int4range,
                       '{}'::int4multirange, '{[1,3),[5,)}'::int4multirange, 4, \(PostgresRange(5..<5))::int4range
                """
            for result in try await both(query, connection) {
                let row = try result.single()
                #expect(try row.get(0, as: PostgresRange<Int>.self) == .empty)
                #expect(try row.get(1, as: PostgresRange<Int>.self) == .unbounded)
                #expect(try row.get(2, as: PostgresRange<Int>.self) == PostgresRange(3..<7))
                #expect(try row.get(3, as: PostgresRange<Int>.self) == PostgresRange(3..<8))
                #expect(try row.get(4, as: PostgresMultirange<Int>.self).ranges.isEmpty)
                #expect(
                    try row.get(5, as: PostgresMultirange<Int>.self).ranges == [PostgresRange(1..<3), PostgresRange(5...)])
                #expect(await failure { try row.get(6, as: PostgresRange<Int>.self) }?.kind == .decoding)
                #expect(await failure { try row.get(6, as: PostgresMultirange<Int>.self) }?.kind == .decoding)
                #expect(try row.get(7, as: PostgresRange<Int>.self).isEmpty)
            }
        }
    }

    private struct Thing: Decodable {
        var createdAt: Date
        var mood: Mood
        var payload: [String: Int]
    }

    @Test func bothFormsAreReadAsDecodableAndFailAlike() async throws {
        try await TestServer.with { connection in
            let query: PostgresQuery = """
                SELECT timestamptz '2001-01-01 00:00:10+00' AS created_at, 'glad' AS mood, '{"a": 1}'::jsonb AS payload,
                       70000 AS n, ARRAY['a', NULL] AS list
                """
            for result in try await both(query, connection) {
                let thing = try result[0].decode(as: Thing.self)
                #expect(thing.createdAt == Date(timeIntervalSinceReferenceDate: 10) && thing.mood == .glad && thing.payload == ["a": 1])
                let wide = await failure { try result[0].get("n", as: Int16.self) }
                #expect(wide?.message == "row 0, column 3 \"n\" (int4): '70000' is not a value of Int16")
                let element = await failure { try result[0].get("list", as: [Int].self) }
                #expect(element?.message == "row 0, part of column 4 \"list\" (text[]): 'a' is not a value of Int")
            }
        }
    }

    @Test(.needsSession("a named statement lives in one session"))
    func binaryIsAskedForPerQueryOrConnection() async throws {
        try await TestServer.with { connection in
            #expect(await connection.resultFormat == .text)
            await connection.setResultFormat(.binary)
            for name in [nil, "q", "q"] {
                let cell = try await connection.query("SELECT \(258)::int", named: name).single().cell(0)
                #expect(cell.format == .binary && cell.rawBytes == [0, 0, 1, 2] && cell.text == "258")
            }
            let query: PostgresQuery = "SELECT 'pg_class'::regclass, 1.5::numeric"
            let binary = try await connection.query(query).single()
            #expect(await failure { try binary.get(0, as: String.self) }?.hint?.contains("text") == true)
            #expect(try binary.get(1, as: Double.self) == 1.5)
            let text = try await connection.query(query.answered(in: .text)).single()
            #expect(try text.get(0, as: String.self) == "pg_class" && text.cell(0).format == .text)
            // Scripts have no form to choose.
            #expect(try await connection.execute("SELECT 1")[0][0].cell(0).format == .text)
        }
    }

    @Test func arraysOfSeveralDimensionsAreRefusedAndShown() async throws {
        try await TestServer.with { connection in
            let query: PostgresQuery = "SELECT '{{1,2},{3,NULL}}'::int[], '[0:1]={7,8}'::int[], '{}'::int[], 1, '[2:2][0:1]={{1,2}}'::int[]"
            for result in try await both(query, connection) {
                let row = try result.single()
                let error = await failure { try row.get(0, as: [Int].self) }
                #expect(error?.message.contains("more than one dimension") == true)
                #expect(row.text(0) == "{{1,2},{3,NULL}}" && row.text(1) == "[0:1]={7,8}" && row.text(4) == "[2:2][0:1]={{1,2}}")
                #expect(try row.get(1, as: [Int].self) == [7, 8] && row.get(2, as: [Int].self) == [])
                #expect(await failure { try row.get(3, as: [Int].self) }?.kind == .decoding)
            }
        }
    }

    @Test func valuesAtTheEdgesAreErrorsAndNoTraps() async throws {
        try await TestServer.with { connection in
            for date in [Date(timeIntervalSince1970: 1e14), Date(timeIntervalSince1970: -1e19), Date(timeIntervalSince1970: .nan)] {
                #expect(await failure { try await connection.query("SELECT \(date)::timestamptz") }?.kind == .server)
                #expect(await failure { try await connection.query("SELECT \(binary: date)") }?.sqlState == "22008")
            }
            for result in try await both(
                "SELECT date '5874897-12-31', timestamp '294276-12-31 23:59:59.999999', extract(epoch FROM date '5874897-12-31')",
                connection)
            {
                #expect(try result[0].get(0, as: Date.self).timeIntervalSince1970 == result[0].get(2, as: Double.self))
                #expect(result[0].text(0) == "5874897-12-31" && result[0].text(1) == "294276-12-31 23:59:59.999999")
                #expect(try result[0].get(1, as: Date.self).timeIntervalSince1970.rounded() == 9_224_318_016_000)
            }
            #expect(PostgresInterval(.seconds(Int64.max)).microseconds == .max)
            let query: PostgresQuery =
                "SELECT '99999999999999 years', '99999999999999:00:00', make_interval(secs => -9e12), '1:2:3.1234567'"
            let row = try await connection.query(query).single()
            for column in [0, 1, 3] { #expect(await failure { try row.get(column, as: PostgresInterval.self) }?.kind == .decoding) }
            #expect(try row.get(2, as: PostgresInterval.self) == PostgresInterval(microseconds: -9_000_000_000_000_000_000))
            #expect(PostgresNumeric("1e5") == nil && PostgresNumeric("-") == nil && PostgresNumeric("1.") == nil)
            #expect(PostgresNumeric("") == nil && PostgresNumeric("--1") == nil && PostgresNumeric("12.50")?.decimal == Decimal(12.5))
            #expect(PostgresNumeric(String(repeating: "9", count: 39))?.decimal == nil)
        }
    }
}
