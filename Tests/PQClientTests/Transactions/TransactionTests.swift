import Foundation
import Testing

@testable import PQClient

@Suite(.timeLimit(.minutes(2))) struct TransactionTests {
    private struct Stop: Error {}

    private func table(_ columns: String = "id int PRIMARY KEY, n int") async throws -> String {
        let name = TestServer.unique("t")
        try await TestServer.with { try await $0.execute("CREATE TABLE \(name) (\(columns))") }
        return name
    }

    private func count(_ table: String) async throws -> Int {
        try await TestServer.with { try await $0.query("SELECT count(*) FROM \(identifier: table)").single().get(0) }
    }

    @Test func commitsOrRollsBack() async throws {
        let name = try await table()
        try await TestServer.with { connection in
            let value = try await connection.transaction { connection in
                try await connection.query("INSERT INTO \(identifier: name) VALUES (1, 1) RETURNING n").single().get(0, as: Int.self)
            }
            #expect(value == 1)
            await #expect(throws: Stop.self) {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO \(name) VALUES (2, 1)")
                    throw Stop()
                }
            }
            #expect(await connection.transactionStatus == .idle)
        }
        #expect(try await count(name) == 1)
    }

    @Test func serializationFailuresAreTriedAgain() async throws {
        let name = try await table()
        try await TestServer.with { try await $0.execute("INSERT INTO \(name) VALUES (1, 0)") }
        let retries = Box<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await TestServer.with { connection in
                        let options = TransactionOptions(
                            isolation: .repeatableRead, maxRetries: 1000, onRetry: { attempt, _ in retries.append(attempt) })
                        for _ in 0..<10 {
                            try await connection.transaction(options) { connection in
                                let n: Int = try await connection.query("SELECT n FROM \(identifier: name)").single().get(0)
                                try await connection.query("UPDATE \(identifier: name) SET n = \(n + 1)")
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let n: Int = try await TestServer.with { try await $0.query("SELECT n FROM \(identifier: name)").single().get(0) }
        #expect(n == 40)
        #expect(!retries.all.isEmpty && retries.all.contains(1))
    }

    @Test func onlyWhatIsSafeIsTriedAgain() async throws {
        let name = try await table()
        try await TestServer.with { connection in
            func run(_ sql: String, _ options: TransactionOptions) async -> (tries: Int, error: PostgresError?) {
                var tries = 0
                let error = await failure {
                    try await connection.transaction(options) { connection in
                        tries += 1
                        try await connection.execute(sql)
                    }
                }
                return (tries, error)
            }
            func raise(_ state: String) -> String { "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '\(state)'; END $$" }
            #expect(await run(raise("40001"), .init(maxRetries: 3)).tries == 4)
            #expect(await run(raise("40P01"), .init(maxRetries: 1)).tries == 2)
            #expect(await run(raise("40003"), .init(maxRetries: 3)).tries == 1)
            let twice = "INSERT INTO \(name) VALUES (7, 1), (7, 2)"
            #expect(await run(twice, .init(maxRetries: 3)).tries == 1)
            let unique = TransactionOptions(maxRetries: 3, alsoRetry: { $0.sqlState == "23505" })
            let outcome = await run(twice, unique)
            #expect(outcome.tries == 4 && outcome.error?.sqlState == "23505")
        }
    }

    @Test func aSwallowedFailureIsNoCommit() async throws {
        let name = try await table()
        try await TestServer.with { connection in
            let error = await failure {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO \(name) VALUES (1, 1)")
                    _ = try? await connection.execute("SELECT 1/0")
                }
            }
            #expect(error?.kind == .server && error?.sqlState == "22012")
            #expect(error?.detail?.contains("ROLLBACK") == true)
            // A swallowed serialization failure is tried again like one that was thrown.
            var tries = 0
            try await connection.transaction { connection in
                tries += 1
                if tries < 3 {
                    _ = try? await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
                }
            }
            #expect(tries == 3)
            // Also one in whose place another error was thrown.
            tries = 0
            try await connection.transaction { connection in
                tries += 1
                guard tries < 3 else { return }
                _ = try? await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
                throw Stop()
            }
            #expect(tries == 3)
        }
        #expect(try await count(name) == 0)
    }

    @Test func failuresAtCommitAreErrors() async throws {
        let name = try await table("id int UNIQUE DEFERRABLE INITIALLY DEFERRED")
        try await TestServer.with { connection in
            let error = await failure {
                try await connection.transaction { try await $0.execute("INSERT INTO \(name) VALUES (1), (1)") }
            }
            #expect(error?.kind == .server && error?.sqlState == "23505")
            #expect(await connection.transactionStatus == .idle)
        }
        #expect(try await count(name) == 0)
    }

    @Test func aConnectionCarriesOneAtATime() async throws {
        try await TestServer.with { connection in
            let nested = await failure {
                try await connection.transaction { try await $0.transaction { _ in } }
            }
            #expect(nested?.kind == .usage)
            try await connection.execute("BEGIN")
            #expect(await failure { try await connection.transaction { _ in } }?.kind == .usage)
            try await connection.execute("ROLLBACK")
            try await connection.transaction { _ = try await $0.query("SELECT 1") }
        }
    }

    @Test func theTimeLimitCancelsOnTheServer() async throws {
        try await TestServer.with { connection in
            let begin = ContinuousClock.now
            let error = await failure {
                try await connection.transaction(.init(name: "slow", timeout: .milliseconds(150))) {
                    try await $0.query("SELECT pg_sleep(3600)")
                }
            }
            // Cancelled on the server, unless the time was over before the statement was sent.
            #expect(error?.kind == .timeout && (error?.sqlState ?? "57014") == "57014")
            #expect(begin.duration(to: .now) < .seconds(25))
            // Between statements it refuses the next one, and a commit as well.
            for statement in ["SELECT 1", nil] {
                let late = await failure {
                    try await connection.transaction(.init(name: "late", timeout: .milliseconds(50))) { connection in
                        try await Task.sleep(for: .milliseconds(300))
                        if let statement { try await connection.execute(statement) }
                    }
                }
                #expect(late?.kind == .timeout && late?.message.contains("transaction late") == true)
            }
            try await connection.transaction { _ = try await $0.query("SELECT 1") }
            #expect(await connection.transactionStatus == .idle)
        }
    }

    @Test func cancellingTheTaskRollsBack() async throws {
        let name = try await table()
        try await TestServer.with { connection in
            let task = Task {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO \(name) VALUES (1, 1)")
                    try await connection.query("SELECT pg_sleep(3600)")
                }
            }
            #expect(await eventually { await connection.transactionStatus == .active })
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            #expect(await failure { try await task.value }?.kind == .cancelled)
            #expect(await connection.transactionStatus == .idle)

            // Cancelled after its last statement: not committed either.
            let late = Task {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO \(name) VALUES (2, 1)")
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            #expect(await failure { try await late.value }?.kind == .cancelled)
        }
        #expect(try await count(name) == 0)
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func aConnectionLostBeforeCommitIsNoUnknownOutcome() async throws {
        try await TestServer.with { connection in
            let error = await failure {
                try await connection.transaction { connection in
                    let pid = connection.backendPID
                    try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(pid), 5000)") }
                    try await connection.query("SELECT 1")
                }
            }
            #expect(error?.kind == .connection)
            #expect(!connection.isOpen)
        }
    }

    /// A deferred trigger keeps COMMIT busy while the backend is killed.
    @Test(
        .needsSession("a server process is ended by its pid, which the pooler keeps to itself"),
        arguments: [TransactionOptions.IDSource.withBegin, .beforeCommit, .none])
    func aConnectionLostDuringCommitIsAskedAbout(_ source: TransactionOptions.IDSource) async throws {
        let name = try await table()
        try await TestServer.with { connection in
            try await connection.execute(
                """
                CREATE FUNCTION \(name)_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON \(name) DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION \(name)_slow()
                """)
            let pid = connection.backendPID
            let killer = Task {
                try await TestServer.with { other in
                    _ = await eventually {
                        try await other.query(
                            "SELECT 1 FROM pg_stat_activity WHERE pid = \(pid) AND query = 'COMMIT' AND wait_event = 'PgSleep'"
                        ).rowCount == 1
                    }
                    _ = try await other.query("SELECT pg_terminate_backend(\(pid))")
                }
            }
            let error = await failure {
                try await connection.transaction(.init(name: "payment", idSource: source)) {
                    try await $0.execute("INSERT INTO \(name) VALUES (1, 1)")
                }
            }
            try await killer.value
            #expect(error?.kind == (source == .none ? .outcomeUnknown : .connection) && error?.hint != nil)
            #expect(error?.message.contains("transaction payment") == true && error?.isRetryable == false)
        }
    }

    /// A limit that passed during a COMMIT must not end the connection during the next transaction's COMMIT.
    @Test func aTimeLimitEndsWithItsTransaction() async throws {
        let name = try await table()
        let key = Int.random(in: 0...Int.max)
        let connection = try await TestServer.connect()
        connection.session.entered { $0.cancelGrace = .seconds(2) }
        try await connection.execute(
            """
            CREATE FUNCTION \(name)_wait() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN PERFORM pg_advisory_xact_lock(\(key)); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON \(name) DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION \(name)_wait()
            """)
        /// A transaction whose COMMIT ends when `body` has.
        func transaction(_ row: Int, _ body: () async throws -> Void) async throws {
            try await TestServer.with(TestServer.directURL) { gate in
                try await gate.query("SELECT pg_advisory_lock(\(key))")
                let task = Task { _ = try await connection.transaction { try await $0.execute("INSERT INTO \(name) VALUES (\(row), 0)") } }
                #expect(await eventually { connection.session.entered { $0.committing } })
                try await body()
                try await gate.query("SELECT pg_advisory_unlock(\(key))")
                try await task.value
            }
        }
        try await transaction(1) {
            await withCheckedContinuation { continuation in
                connection.session.execute { [session = connection.session] in
                    session.expire(PostgresError(.timeout, "late"))
                    continuation.resume()
                }
            }
        }
        try await transaction(2) { try await Task.sleep(for: .seconds(2.2)) }
        #expect(connection.isOpen)
        await connection.close()
    }

    @Test func waitingGrowsUpToTheCap() {
        let backoff = Backoff(base: .milliseconds(2), cap: .milliseconds(100))
        #expect(backoff.bound(attempt: 1) == .milliseconds(2))
        #expect(backoff.bound(attempt: 3) == .milliseconds(8))
        #expect(backoff.bound(attempt: 60) == .milliseconds(100))
        for attempt in 1..<40 {
            let delay = backoff.delay(attempt: attempt)
            #expect(delay >= .zero && delay <= backoff.bound(attempt: attempt))
        }
    }
}
