import Foundation
import PQClient
import Testing

/// The types that parameters are sent with.
@Suite(.timeLimit(.minutes(2))) struct ParameterTypeTests {
    /// A prepared statement reads the bytes of its parameters as the types that it was prepared with.
    @Test(.needsSession("prepared statements belong to a session"))
    func aNamedStatementNeverReadsOneTypeAsAnother() async throws {
        try await TestServer.with { connection in
            func ask(_ value: PostgresValue) async throws -> String? {
                try await connection.query(PostgresQuery("SELECT $1::text", [value]), named: "n").single().get(0, as: String?.self)
            }
            for _ in 0..<2 {
                #expect(try await ask(.binary(2.5)) == "2.5")
                #expect(try await ask(.binary(21)) == "21")
                #expect(try await ask(.binary(Int32(7))) == "7")
                #expect(try await ask(.binary(true)) == "true")
                #expect(try await ask("plain".postgresValue) == "plain")
                #expect(try await ask(5_000_000_000.postgresValue) == "5000000000")
                #expect(try await ask(5.postgresValue) == "5")
                #expect(try await ask(Optional<Int>.none.postgresValue) == nil)
            }
            let prepared = try await connection.query("SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql")
            #expect(try prepared.single().get(0, as: Int.self) <= 8, "one for each list of types, whatever their order")
        }
    }

    @Test(.needsSession("prepared statements belong to a session")) func pipelinesKeepTypesApartToo() async throws {
        try await TestServer.with { connection in
            for _ in 0..<2 {
                let results = try await connection.pipeline { pipeline in
                    for value in [PostgresValue.binary(2.5), .binary(21), "x".postgresValue, .binary(3.5), .binary(22)] {
                        pipeline.add(PostgresQuery("SELECT $1::text", [value]), named: "n")
                    }
                }
                #expect(try results.map { try $0.single().get(0, as: String.self) } == ["2.5", "21", "x", "3.5", "22"])
            }
        }
    }

    @Test func theServerNeedNotGuess() async throws {
        try await TestServer.with { connection in
            let duration = Duration.seconds(90)
            let past: Bool = try await connection.query("SELECT now() - \(duration) < now()").single().get(0)
            #expect(past)
            let (none, five): (Int?, Int) = (nil, 5)
            #expect(try await connection.query("SELECT coalesce(\(none), \(five)) + 1").single().get(0, as: Int.self) == 6)
            #expect(try await connection.query("SELECT coalesce(\(none), \(none)) + 1").single().get(0, as: Int?.self) == nil)
            #expect(try await connection.query("SELECT \(1), \(true), \(UUID())").columnTypes == [23, 16, 2950])
            #expect(try await connection.query("SELECT \(Int32.max), \(Int(Int32.max) + 1)").columnTypes == [23, 20])
            // A position and not a key of the same text.
            #expect(try await connection.query("SELECT '[7, 8]'::jsonb -> \(1)").single().get(0, as: Int.self) == 8)
            let days: PostgresDate = try #require(PostgresDate("2024-02-28"))
            #expect(try await connection.query("SELECT \(days) + \(2)").single().get(0, as: PostgresDate.self).description == "2024-03-01")
        }
    }

    /// A type is carried only where it cannot change the meaning: a Double may stand for a numeric, a Date for a timestamp in UTC.
    @Test func aTypeNeverChangesAValue() async throws {
        try await TestServer.with { connection in
            try await connection.execute("SET TimeZone = 'America/New_York'")
            try await connection.execute(
                """
                CREATE TEMP TABLE kept (n numeric, t timestamp, d date, j json, i int2, b int8, f float4, s text, u int[], v bigint[])
                """)
            let date = Date(timeIntervalSince1970: 1_700_000_000)
            try await connection.query(
                """
                INSERT INTO kept VALUES (\(0.1 + 0.2), \(date), \(date), \(PostgresJSON("{\"b\": 1,  \"a\": 2}")), \(3), \(4), \(Float(0.1)),
                    \("x"), \([1, 2]), \([1, 2]))
                """)
            let row = try await connection.query(
                "SELECT n::text, t::text, d::text, j::text, i::text, b::text, f::text, s, u::text, v::text FROM kept"
            ).single()
            #expect(
                try (0..<10).map { try row.get($0, as: String.self) } == [
                    "0.30000000000000004", "2023-11-14 22:13:20", "2023-11-14", "{\"b\": 1,  \"a\": 2}", "3", "4", "0.1", "x", "{1,2}",
                    "{1,2}",
                ])
            let found = try await connection.query(
                """
                SELECT FROM kept WHERE n = \(0.1 + 0.2) AND t = \(date) AND d = \(date) AND i = \(3) AND b = \(4) AND f = \(Float(0.1)) AND s = \("x")
                    AND u = \([1, 2]) AND v = \([1, 2]) AND i = ANY(\([3])) AND b = ANY(\([4]))
                """)
            #expect(found.rowCount == 1)
        }
    }

    @Test func aTypeCanBeNamed() async throws {
        try await TestServer.with { (connection) async throws in
            #expect(try await connection.query("SELECT \(1.5, as: .float8) + \(2, as: .float8)").single().get(0, as: Double.self) == 3.5)
            #expect(try await connection.query("SELECT \("{}", as: .jsonb)").columnTypes == [3802])
            #expect(try await connection.query("SELECT \(String?.none, as: .date)").columnTypes == [1082])
        }
    }

    /// Whatever a value is bound to, named or not: what comes back as the same Swift type is the value, or the server refuses it.
    @Test func noBindingChangesAValueSilently() async throws {
        let columns = [
            "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "date", "timestamp", "timestamptz", "interval", "uuid",
            "json", "jsonb", "bytea", "oid", "int4[]", "text[]",
        ]
        try await TestServer.with { connection in
            try await connection.execute("SET TimeZone = 'Asia/Tokyo'")
            for (number, column) in columns.enumerated() {
                try await connection.execute("CREATE TEMP TABLE c\(number) (v \(column))")
            }
            var (right, refused) = (0, 0)
            func bind<T: PostgresCodable & Equatable>(_ values: [T]) async throws {
                for (number, column) in columns.enumerated() {
                    // Different types under one name, one after the other.
                    let name = TestServer.isPooled ? nil : "to\(number)"
                    for value in values {
                        for (name, parameter) in [(nil, value.postgresValue), (name, value.postgresValue), (name, T?.none.postgresValue)] {
                            let query = PostgresQuery("INSERT INTO c\(number) VALUES ($1) RETURNING v", [parameter])
                            let outcome: T?
                            do {
                                outcome = try await connection.query(query, named: name).single().get(0, as: T?.self)
                            } catch {
                                refused += 1
                                continue
                            }
                            right += 1
                            // A string is the text of some value, which the server may write in another way.
                            guard T.self != String.self || column == "text" else { continue }
                            #expect(outcome == (parameter.text == nil ? nil : value), "\(T.self) \(value) in \(column)")
                        }
                    }
                }
            }
            try await bind([true, false])
            try await bind([21, 5_000_000_000])
            try await bind([Int16(7)])
            try await bind([UInt32(4_000_000_000)])
            try await bind([2.5, 1e300])
            try await bind([Float(0.5), 3])
            try await bind([Decimal(string: "2.5")!, 12])
            try await bind(["21", "true", "{}", "plain"])
            try await bind([UUID()])
            try await bind([Date(timeIntervalSince1970: 1_700_006_400)])
            try await bind([PostgresDate("2024-02-29")!])
            try await bind([PostgresTimestamp("2024-02-29 00:00:00")!])
            try await bind([Duration.seconds(90)])
            try await bind([[1, 2]])
            try await bind([["a", "b"]])
            try await bind([Data([0, 255])])
            #expect(right > 200 && refused > 200)
        }
    }
}
