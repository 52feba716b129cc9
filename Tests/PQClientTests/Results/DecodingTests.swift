import Foundation
import Testing

@testable import PQClient

/// Rows as tuples and as Decodable values.
@Suite struct DecodingTests {
    @Test func aNameOfTwoColumnsMeansNeither() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query("SELECT 1 AS id, 2 AS id, 3 AS other").single()
            let error = await failure { try row.get("id", as: Int.self) }
            #expect(error?.kind == .decoding && error?.message == "several columns are named \"id\"")
            #expect(try row.get("other", as: Int.self) == 3)
        }
    }

    @Test func rowsBecomeTuples() async throws {
        try await TestServer.with { connection in
            let result = try await connection.query("SELECT i, CASE WHEN i > 1 THEN 'n' || i END, ARRAY[i] FROM generate_series(1, 3) i")
            var seen: [String] = []
            for (id, name, list) in try result.decode(Int.self, String?.self, [Int16].self) {
                seen.append("\(id) \(name ?? "-") \(list)")
            }
            #expect(seen == ["1 - [1]", "2 n2 [2]", "3 n3 [3]"])
            let (id, name, _) = try result[1].decode(Int.self, String?.self, [Int].self)
            #expect(id == 2 && name == "n2")
            #expect(try result.decode((Int, String?, [Int]).self).map(\.0) == [1, 2, 3])
            #expect(try await connection.query("SELECT 7").decode(Int.self) == [7])
            #expect(await failure { try result.decode(Int.self, String?.self) }?.message == "row 0 has 3 columns and was read as 2")
        }
    }

    @Test func errorsNameRowColumnTypeAndValue() async throws {
        try await TestServer.with { connection in
            let result = try await connection.query(
                """
                SELECT * FROM (VALUES (1, 'a', ARRAY[1], 7::numeric), (70000, NULL, ARRAY[NULL::int], 1e50)) v(id, name, list, price)
                """)
            let tooLarge = try #require(await failure { try result.decode(Int16.self, String?.self, [Int?].self, Double.self) })
            #expect(tooLarge.kind == .decoding && tooLarge.column == "id" && tooLarge.dataType == "int4")
            #expect(tooLarge.message == "row 1, column 0 \"id\" (int4): '70000' is not a value of Int16")
            let null = try #require(await failure { try result.decode(Int.self, String.self, [Int?].self, Double.self) })
            #expect(null.message == "row 1, column 1 \"name\" (text): NULL was read as String" && null.hint?.contains("String?") == true)
            let element = try #require(await failure { try result[1].get("list", as: [Int].self) })
            #expect(element.message == "row 1, part of column 2 \"list\" (int4[]): NULL was read as Int")
            let digits = try #require(await failure { try result[1].get(3, as: Decimal.self) })
            #expect(digits.message.hasPrefix("row 1, column 3 \"price\" (numeric): '1000000"))
        }
    }

    @Test func namesOfTypesAreTheServers() async throws {
        try await TestServer.with { connection in
            let names = try await connection.query(
                """
                SELECT t.oid, CASE WHEN left(t.typname, 1) = '_' THEN e.typname || '[]' ELSE t.typname END::text
                FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem
                WHERE t.oid = ANY (\(Array(PostgresType.names.keys)))
                """
            ).decode(UInt32.self, String.self)
            #expect(Dictionary(uniqueKeysWithValues: names) == PostgresType.names)
        }
    }

    private struct Person: Decodable, Equatable {
        enum Mood: String, Decodable { case good, bad }
        struct Address: Decodable, Equatable {
            var street: String
            var since: Date?
        }
        var id: Int
        var createdAt: Date
        var baseURLText: String?
        var mood: Mood
        var address: Address
        var tags: [String]
        var numbers: [Int?]
        var raw: PostgresJSON
        var key: UUID
        var price: Decimal
        var ratio: Float
        var active: Bool
        var pause: PostgresInterval
        var data: Data
        var absent: Int?
    }

    private let person: PostgresQuery = """
        SELECT 5 AS id, timestamptz '2024-02-29 12:00+00' AS created_at, NULL::text AS base_url_text, 'bad' AS mood,
               '{"street": "Main", "since": "1970-01-02T00:00:00Z"}'::jsonb AS address, '["a", "b"]'::json AS tags,
               '{1,NULL}'::int[] AS numbers, '[1]'::jsonb AS raw, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid AS key,
               12.50 AS price, 0.5::real AS ratio, true AS active, interval '1 day 1 s' AS pause, '\\x0102'::bytea AS data, 1 AS more
        """

    @Test func rowsBecomeDecodableValues() async throws {
        try await TestServer.with { connection in
            let expected = Person(
                id: 5, createdAt: Date(timeIntervalSince1970: 1_709_208_000), baseURLText: nil, mood: .bad,
                address: .init(street: "Main", since: Date(timeIntervalSince1970: 86_400)), tags: ["a", "b"], numbers: [1, nil],
                raw: "[1]", key: UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8")!, price: 12.5, ratio: 0.5, active: true,
                pause: PostgresInterval(days: 1, microseconds: 1_000_000), data: Data([1, 2]), absent: nil)
            let result = try await connection.query(person)
            #expect(try result.decode(as: Person.self) == [expected])
            #expect(try result[0].decode(as: Person.self) == expected)

            let pairs = try await connection.query("SELECT 'x' AS \"aB\", 'y' AS c")
            #expect(try pairs.decode(as: [String: String].self) == [["aB": "x", "c": "y"]])
            let values = try await connection.query("SELECT unnest(ARRAY['good', 'bad', NULL]) AS mood")
            #expect(try values.decode(as: Person.Mood?.self) == [.good, .bad, nil])
            #expect(try values.decode(as: String?.self) == ["good", "bad", nil])
        }
    }

    @Test func keysAreFoundAsWrittenAndInSnakeCase() async throws {
        struct Keys: Decodable {
            var userID, http2Port, aBC, plain: Int
        }
        try await TestServer.with { connection in
            let result = try await connection.query(
                "SELECT 1 AS user_id, 2 AS http2_port, 3 AS \"aBC\", 4 AS plain")
            let keys = try result[0].decode(as: Keys.self)
            let values: [Int] = [keys.userID, keys.http2Port, keys.aBC, keys.plain]
            #expect(values == [1, 2, 3, 4])
        }
    }

    @Test func decodableErrorsSayWhere() async throws {
        struct Thing: Decodable {
            var createdAt: Int
            var mood: Person.Mood?
            var address: Person.Address?
        }
        func error(_ sql: PostgresQuery) async throws -> PostgresError {
            try await TestServer.with { connection in
                let result = try await connection.query(sql)
                return try #require(await failure { try result.decode(as: Thing.self) })
            }
        }
        let value = try await error("SELECT unnest(ARRAY['1', 'x']) AS created_at")
        #expect(value.kind == .decoding && value.message == "row 1, column 0 \"created_at\" (text): 'x' is not a value of Int")
        let null = try await error("SELECT NULL::int AS created_at")
        #expect(null.message == "row 0, column 0 \"created_at\" (int4): NULL was read as Int")
        let missing = try await error("SELECT 1 AS b")
        #expect(missing.message == "row 0: no column is named createdAt or created_at" && missing.detail == "columns: b")
        let twice = try await error("SELECT 1 AS created_at, 2 AS created_at")
        #expect(twice.message == "2 columns are named \"created_at\"" && twice.hint != nil)
        let mood = try await error("SELECT 1 AS created_at, 'odd' AS mood")
        #expect(mood.message.hasPrefix("row 0, column 1 \"mood\" (text): 'odd' is not a value of Mood: "))
        let json = try await error("SELECT 1 AS created_at, '{\"street\": 1}'::jsonb AS address")
        #expect(json.message.hasPrefix("row 0, column 1 \"address\" (jsonb): '{\"street\": 1}' is not a value of Address: street: "))
        let text = try await error("SELECT 1 AS created_at, 'somewhere' AS address")
        #expect(text.message.contains("'somewhere' has no keys") && text.hint?.contains("jsonb") == true)
        try await TestServer.with { connection in
            let two = try await connection.query("SELECT 1, 2")
            #expect(await failure { try two.decode(as: Int.self) }?.message == "row 0 has 2 columns and was read as a single value")
            #expect(await failure { try two.decode(as: Set<Int>.self) }?.kind == .decoding)
        }
    }
}
