import PQClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct RowStreamTests {
    /// It would wait for rows that only it can read.
    @Test func aStatementOfTheTaskThatReadsIsAnError() async throws {
        try await TestServer.with { connection in
            var seen = 0
            for try await row in connection.stream("SELECT generate_series(1, 3)") {
                seen += try row.get(0, as: Int.self)
                let error = await failure { try await connection.query("SELECT 1") }
                #expect(error?.kind == .usage && error?.message.contains("has not finished") == true)
            }
            #expect(seen == 6)
            for try await _ in connection.stream("SELECT generate_series(1, 100000)") { break }
            #expect(try await connection.query("SELECT 7").single().get(0, as: Int.self) == 7)
            for try await _ in connection.copyOut("COPY (SELECT generate_series(1, 3)) TO STDOUT") {
                #expect(await failure { try await connection.query("SELECT 1") }?.kind == .usage)
            }
            let reader = connection.stream("SELECT generate_series(1, 100000)").makeAsyncIterator()
            var iterator: PostgresRowStream.AsyncIterator? = reader
            _ = try await iterator?.next()
            async let other = connection.query("SELECT 8").single().get(0, as: Int.self)
            iterator = nil
            _ = consume reader
            #expect(try await other == 8, "another task waits")
        }
    }

    private func count(_ rows: PostgresRowStream) async throws -> Int {
        var count = 0
        for try await _ in rows { count += 1 }
        return count
    }

    @Test func everyRowComesInOrder() async throws {
        try await TestServer.with { connection in
            var sum = 0
            for try await row in connection.stream("SELECT i, repeat('é', i % 300) FROM generate_series(1, \(30_000)) AS i") {
                let (i, text) = try row.decode(Int.self, String.self)
                sum += 1
                #expect(i == sum && text.count == i % 300)
            }
            #expect(sum == 30_000)
            #expect(try await count(connection.stream("SELECT 1 WHERE false")) == 0)
            #expect(try await count(connection.stream("SET LOCAL work_mem = '1MB'")) == 0)
            let binary = connection.stream(PostgresQuery("SELECT 7 AS n").answered(in: .binary)).map { try $0.get("n", as: Int.self) }
            for try await n in binary { #expect(n == 7) }
            #expect(try await connection.query("SELECT \(1)").rowCount == 1)
        }
    }

    @Test func errorsInTheMiddleAreThrown() async throws {
        try await TestServer.with { (connection) async throws in
            var rows = connection.stream("SELECT 1/(3000 - i) FROM generate_series(1, 4000) AS i").makeAsyncIterator()
            var read = 0
            let error = await failure {
                while try await rows.next() != nil { read += 1 }
            }
            #expect(error?.sqlState == SQLState.divisionByZero && read < 3000)
            #expect(await failure { try await count(connection.stream("SELECT nothing")) }?.sqlState == SQLState.undefinedColumn)
            #expect(await failure { try await count(connection.stream("COPY (SELECT 1) TO STDOUT")) }?.kind == .usage)
            #expect(try await connection.query("SELECT 1").rowCount == 1)
        }
    }

    /// The server would go on for hours.
    @Test func stoppingEarlyEndsItOnTheServer() async throws {
        try await TestServer.with { connection in
            for stop in [1, 100, 20_000] {
                var read = 0
                for try await _ in connection.stream("SELECT generate_series(1, 1000000000)") {
                    read += 1
                    if read == stop { break }
                }
                #expect(try await connection.query("SELECT 3").single().get(0, as: Int.self) == 3)
            }
            let reading = Task { try await count(connection.stream("SELECT generate_series(1, 1000000000)")) }
            #expect(await eventually { await connection.transactionStatus == .active })
            reading.cancel()
            #expect(await failure { try await reading.value }?.kind == .cancelled)
            #expect(try await connection.query("SELECT 3").rowCount == 1)
        }
    }

    @Test func stoppingEarlyInATransactionDoesNotFailIt() async throws {
        try await TestServer.with { connection in
            let value = try await connection.transaction { connection in
                for try await _ in connection.stream("SELECT generate_series(1, 100000)") { break }
                return try await connection.query("SELECT 3").single().get(0, as: Int.self)
            }
            #expect(value == 3)
            var rows: PostgresRowStream.AsyncIterator?
            let error = await failure {
                try await connection.transaction { connection in
                    var iterator = connection.stream("SELECT generate_series(1, 1000000000)").makeAsyncIterator()
                    _ = try await iterator.next()
                    rows = iterator
                    throw PostgresError(.usage, "the body gives up")
                }
            }
            #expect(error?.message == "the body gives up" && rows != nil)
            #expect(try await connection.query("SELECT 3").rowCount == 1)
        }
    }

    /// A server that is read slowly waits; the client does not gather what it sends.
    @Test func theServerWaitsForItsReader() async throws {
        try await TestServer.with { connection in
            let name = TestServer.unique("streamed_")
            try await connection.execute("CREATE SEQUENCE \(name)")
            var rows = connection.stream("SELECT nextval('\(unescaped: name)'), repeat('x', 1000) FROM generate_series(1, 1000000)")
                .makeAsyncIterator()
            for _ in 0..<1000 { _ = try await rows.next() }
            let produced = try await TestServer.with {
                try await $0.query("SELECT last_value FROM \(identifier: name)").single().get(0, as: Int.self)
            }
            #expect(produced < 100_000)
        }
    }
}
