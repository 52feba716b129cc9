import Foundation
import PQClient
import Testing

@Suite struct QueryTests {
    @Test func interpolationBindsValuesAndNeverText() {
        let name = "x'; DROP TABLE t; --"
        let query: PostgresQuery = "SELECT f(\(1), \(name)) FROM \(identifier: "odd \"name\"") \(unescaped: "LIMIT 1")"
        #expect(query.sql == "SELECT f($1, $2) FROM \"odd \"\"name\"\"\" LIMIT 1")
        #expect(query.binds.map(\.text) == ["1", name])
        // The initialiser takes a literal as a literal of PostgresQuery, not of String.
        #expect(PostgresQuery("SELECT \(name)").sql == "SELECT $1")
    }

    @Test func interpolatedOptionalsAreValuesOrNull() {
        let (none, some, twice): (Int?, Int?, Int??) = (nil, 2, .some(nil))
        let query: PostgresQuery = "SELECT \(none), \(some), \(twice), \(["a", nil])"
        #expect(query.sql == "SELECT $1, $2, $3, $4")
        #expect(query.binds.map(\.text) == [nil, "2", nil, "{\"a\",NULL}"])
    }

    @Test func quotesLiterals() async throws {
        // A quote or backslash with a combining character behind it is one `Character`, and still a quote.
        let texts = [
            "plain", "it's", "back\\slash", "both ' and \\", "a'\u{301}; SELECT 'b", "\\\u{301}", "'\u{200D}", "\u{301}'\u{FE0F}\\\u{FE0F}",
        ]
        for text in texts {
            try await TestServer.with { connection in
                let query = PostgresQuery("SELECT \(unescaped: PostgresQuery.quoteLiteral(text))")
                let back: String = try await connection.query(query).single().get(0)
                #expect(back == text)
            }
        }
    }

    @Test func quotesIdentifiers() async throws {
        try await TestServer.with { connection in
            for name in ["plain", "Two words", "a \" b", "a\"\u{301}b", "\"\u{200D}", "it's"] {
                let result = try await connection.query("SELECT 1 AS \(identifier: name)")
                #expect(result.columns == [name])
            }
        }
    }

    @Test func resultsHaveColumnsTagsAndCounts() async throws {
        try await TestServer.with { connection in
            let result = try await connection.query("SELECT i AS number, 'x' AS text FROM generate_series(1, 3) i")
            #expect(result.columns == ["number", "text"])
            #expect(result.columnTypes == [23, 25])
            #expect(result.rowCount == 3 && !result.isEmpty && result.underestimatedCount == 3)
            #expect(result.commandTag == "SELECT 3" && result.affectedRows == 3)
            #expect(try result.map { try $0.get("number", as: Int.self) } == [1, 2, 3])
            #expect(try result.decode((Int, String).self).map(\.0) == [1, 2, 3])
            #expect(result.first?.count == 2)
            #expect(result[2].text(0) == "3" && result[2].text(7) == nil)
            let none = try await connection.query("SELECT 1 WHERE false")
            #expect(none.first == nil)
            #expect(throws: PostgresError.self) { try none.single() }
        }
    }

    @Test func wrongReadsSayWhatIsWrong() async throws {
        try await TestServer.with { connection in
            let row = try await connection.query("SELECT 'abc' AS a, NULL AS b, 70000 AS c").single()
            #expect(throws: PostgresError.self) { try row.get(0, as: Int.self) }
            #expect(throws: PostgresError.self) { try row.get(1, as: String.self) }
            #expect(throws: PostgresError.self) { try row.get(2, as: Int16.self) }
            #expect(throws: PostgresError.self) { try row.get(9, as: Int.self) }
            #expect(throws: PostgresError.self) { try row.get("zzz", as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode((String, String?).self) }
            #expect(try row.get("b", as: String?.self) == nil)
            let unknown = await failure { try row.get("zzz", as: Int.self) }
            #expect(unknown?.kind == .decoding && unknown?.detail == "columns: a, b, c")
        }
    }

    @Test func errorsCarryTheServersFields() async throws {
        try await TestServer.with { connection in
            let syntax = try #require(await failure { try await connection.query("SELECT 1 FORM t") })
            #expect(syntax.kind == .server && syntax.sqlState == "42601")
            #expect(syntax.position == 15)
            #expect(syntax.description.contains("SQLSTATE 42601"))

            let table = TestServer.unique("t")
            try await connection.execute("CREATE TABLE \(table) (id int CONSTRAINT positive CHECK (id > 0))")
            let check = try #require(await failure { try await connection.query("INSERT INTO \(identifier: table) VALUES (-1)") })
            #expect(check.sqlState == "23514" && check.constraint == "positive")
            #expect(check.table == table && check.schema == "public" && check.severity == "ERROR")
            #expect(check.detail?.contains("-1") == true && !check.isRetryable)

            let raised = try #require(
                await failure {
                    try await connection.execute(
                        "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'DF201', HINT = 'way out', DETAIL = 'why'; END $$")
                })
            #expect(raised.sqlState == "DF201" && raised.hint == "way out" && raised.detail == "why")
            #expect(raised.context?.contains("PL/pgSQL") == true)
            #expect(raised.description.contains("hint: way out"))
            let inner = try #require(await failure { try await connection.execute("DO $$ BEGIN PERFORM nix FROM nowhere; END $$") })
            #expect(inner.internalQuery?.contains("nowhere") == true && inner.internalPosition != nil)
            // The connection goes on.
            #expect(try await connection.query("SELECT 1").single().get(0, as: Int.self) == 1)
        }
    }

    @Test func scriptsGiveAResultForEachStatement() async throws {
        let table = TestServer.unique("t")
        try await TestServer.with { connection in
            let results = try await connection.execute("SELECT 1; CREATE TABLE \(table) (i int); INSERT INTO \(table) VALUES (1), (2)")
            #expect(results.map(\.commandTag) == ["SELECT 1", "CREATE TABLE", "INSERT 0 2"])
            #expect(results[2].affectedRows == 2)
            #expect(try await connection.execute("").map(\.commandTag) == [""])
            let error = try #require(await failure { try await connection.execute("SELECT 1; SELECT x; SELECT 2") })
            #expect(error.sqlState == "42703" && error.position == 18)
            let several = try #require(await failure { try await connection.query("SELECT 1; SELECT 2") })
            #expect(several.sqlState == "42601")
        }
    }

    @Test func badTextIsRefusedBeforeItIsSent() async throws {
        try await TestServer.with { connection in
            for query in [PostgresQuery("SELECT 1\u{0}"), PostgresQuery("SELECT $1::text", ["a\u{0}b".postgresValue])] {
                #expect(await failure { try await connection.query(query) }?.kind == .usage)
            }
            #expect(await failure { try await connection.execute("\u{0}") }?.kind == .usage)
            #expect(await failure { try await connection.query("SELECT \u{0}", named: "n") }?.kind == .usage)
            let many = PostgresQuery("SELECT 1", Array(repeating: .null, count: 70_000))
            #expect(await failure { try await connection.query(many) }?.kind == .usage)
            let one: Int = try await connection.query("SELECT 1").single().get(0)
            #expect(one == 1)
        }
    }

    @Test(.needsSession("named statements live in a session"))
    func namedStatementsArePreparedOnceAndAgainWhenLost() async throws {
        try await TestServer.with { connection in
            let table = TestServer.unique("t")
            try await connection.execute("CREATE TABLE \(table) (a int); INSERT INTO \(table) VALUES (1)")
            let query = PostgresQuery("SELECT * FROM \(identifier: table) WHERE a = \(1)")
            func prepared() async throws -> Int {
                try await connection.query("SELECT count(*) FROM pg_prepared_statements").single().get(0)
            }
            for _ in 0..<3 { #expect(try await connection.query(query, named: "q").rowCount == 1) }
            #expect(try await prepared() == 1)
            try await connection.execute("DISCARD ALL")
            #expect(try await connection.query(query, named: "q").rowCount == 1)
            try await connection.execute("ALTER TABLE \(table) ADD COLUMN b text")
            #expect(try await connection.query(query, named: "q").columns == ["a", "b"])
            // Taken on the server, unknown to us.
            try await connection.execute("PREPARE other AS SELECT 1")
            #expect(try await connection.query("SELECT 2", named: "other").single().get(0, as: Int.self) == 2)
            #expect(await failure { try await connection.query("SELECT 3", named: "q") }?.kind == .usage)
            #expect(await failure { try await connection.query("SELECT nix", named: "bad") }?.sqlState == "42703")
            #expect(await failure { try await connection.query("SELECT 1/0", named: "zero") }?.sqlState == "22012")
            #expect(try await connection.query(query, named: nil).rowCount == 1)
            // In a transaction nothing can be repeated, but the next one prepares it again.
            try await connection.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$; BEGIN")
            #expect(await failure { try await connection.query(query, named: "q") }?.sqlState == "26000")
            try await connection.execute("ROLLBACK")
            #expect(try await connection.query(query, named: "q").rowCount == 1)
        }
    }

    @Test func statementsOfSeveralTasksGoInTheOrderOfTheirArrival() async throws {
        try await TestServer.with { connection in
            let order = Box<Int>()
            try await connection.run { connection in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        group.addTask(executorPreference: connection.eventThread) {
                            let sleep = number == 0 ? "pg_sleep(0.05)" : "''"
                            let row = try await connection.query("SELECT \(number)::int, \(unescaped: sleep)").single()
                            order.append(try row.get(0))
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(order.all == Array(0..<200))
        }
    }

    @Test func noticesReachTheHandlerAndNotTheTerminal() async throws {
        try await TestServer.with { connection in
            let seen = Box<String>()
            try await connection.execute("DO $$ BEGIN RAISE WARNING 'nobody listens'; END $$")
            await connection.setNoticeHandler { seen.append($0.description) }
            #expect(await connection.noticeHandler != nil)
            try await connection.execute("DO $$ BEGIN RAISE NOTICE 'hello' USING HINT = 'h'; RAISE WARNING 'careful'; END $$")
            #expect(seen.all.count == 2)
            #expect(seen.all[0].hasPrefix("NOTICE: hello") && seen.all[1].hasPrefix("WARNING: careful"))
        }
    }

    @Test(.needsSession("LISTEN belongs to a session, and the pooler gives that to others"))
    func notificationsArriveWhileTheConnectionIsIdle() async throws {
        try await TestServer.with { listener in
            let channel = TestServer.unique("c")
            let seen = Box<PostgresNotification>()
            await listener.setNotificationHandler { seen.append($0) }
            try await listener.execute("LISTEN \(channel)")
            try await TestServer.with { _ = try await $0.query("SELECT pg_notify(\(channel), \("payload"))") }
            #expect(await eventually { !seen.all.isEmpty })
            #expect(seen.all.first?.channel == channel && seen.all.first?.payload == "payload")
            #expect((seen.all.first?.backendPID ?? 0) > 0)
        }
    }

    @Test func otherStylesOfDatesAreSetRight() async throws {
        let url = TestServer.url + "&options=" + "-c%20DateStyle%3DSQL%20-c%20IntervalStyle%3Diso_8601"
        let connection = try await PostgresConnection.connect(url)
        let row = try await connection.query("SELECT timestamptz '2024-02-29 12:00+00', interval '1 day 2 s'").single()
        let (date, interval) = try row.decode((Date, PostgresInterval).self)
        #expect(date == Date(timeIntervalSince1970: 1_709_208_000))
        #expect(interval == PostgresInterval(days: 1, microseconds: 2_000_000))
        #expect(connection.serverVersion >= 140_000 && connection.backendPID != 0)
        await connection.close()
    }
}
