import Foundation
import PQClient
import Testing

/// Savepoints, batches and compensations.
@Suite(.timeLimit(.minutes(2))) struct TransactionBatchTests {
    private struct Stop: Error {}
    private struct Stuck: Error {}

    private let table = TestServer.unique("t")
    private static let serializationFailure = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"

    private func rows() async throws -> [Int] {
        try await TestServer.with { connection in
            try await connection.query("SELECT n FROM \(identifier: table) ORDER BY n").map { try $0.get(0, as: Int.self) }
        }
    }

    private func with<T>(_ body: (PostgresConnection) async throws -> T) async throws -> T {
        try await TestServer.with { connection in
            try await connection.execute("CREATE TABLE \(table) (n int PRIMARY KEY)")
            return try await body(connection)
        }
    }

    private func batchError(_ body: () async throws -> some Any) async -> BatchError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? BatchError
        }
    }

    @Test func savepointsTakeBackTheirPartOnly() async throws {
        try await with { connection in
            #expect(await failure { try await connection.savepoint { _ in } }?.kind == .usage)
            try await connection.transaction { connection in
                try await connection.execute("INSERT INTO \(table) VALUES (1)")
                let value = try await connection.savepoint { connection in
                    try await connection.execute("INSERT INTO \(table) VALUES (2)")
                    await #expect(throws: Stop.self) {
                        try await connection.savepoint { connection in
                            try await connection.execute("INSERT INTO \(table) VALUES (3)")
                            throw Stop()
                        }
                    }
                    return 7
                }
                #expect(value == 7)
                // An error of the server, and one that was swallowed inside.
                let refused = await failure { try await connection.savepoint { try await $0.execute("INSERT INTO \(table) VALUES (1)") } }
                #expect(refused?.sqlState == "23505")
                let swallowed = await failure {
                    try await connection.savepoint { connection in _ = try? await connection.execute("SELECT 1/0") }
                }
                #expect(swallowed?.sqlState == "22012")
                #expect(await connection.transactionStatus == .inTransaction)
            }
        }
        #expect(try await rows() == [1, 2])
    }

    /// The rest of a COPY may still be under way when its part of the transaction is rolled back.
    @Test func anUnfinishedCopyKeepsNothingFromBeingTakenBack() async throws {
        try await with { connection in
            for rows in [100, 300_000, 1_000_000_000] {
                try await connection.transaction { connection in
                    await #expect(throws: Stop.self) {
                        try await connection.savepoint { connection in
                            try await connection.execute("INSERT INTO \(table) VALUES (\(rows))")
                            for try await _ in connection.copyOut("COPY (SELECT generate_series(1, \(rows))) TO STDOUT").rows {
                                throw Stop()
                            }
                        }
                    }
                    #expect(await connection.transactionStatus == .inTransaction)
                }
                #expect(try await self.rows() == [])
                await #expect(throws: Stop.self) {
                    try await connection.transaction { connection in
                        try await connection.execute("INSERT INTO \(table) VALUES (\(rows))")
                        var iterator = connection.copyOut("COPY (SELECT generate_series(1, \(rows))) TO STDOUT").makeAsyncIterator()
                        while try await iterator.next() != nil { throw Stop() }
                    }
                }
                #expect(try await self.rows() == [])
                // The iterator is still there, and may have every row already.
                var held = connection.copyOut("COPY (SELECT generate_series(1, \(rows))) TO STDOUT").makeAsyncIterator()
                await #expect(throws: Stop.self) {
                    try await connection.transaction { connection in
                        try await connection.execute("INSERT INTO \(table) VALUES (\(rows))")
                        _ = try await held.next()
                        throw Stop()
                    }
                }
                #expect(try await self.rows() == [])
            }
            // After one that was left early, a savepoint has its transaction all the same.
            let options = TransactionOptions(idSource: .beforeCommit)
            try await connection.transaction(options) { connection in
                for try await _ in connection.copyOut("COPY (SELECT generate_series(1, 300000)) TO STDOUT").rows { break }
                _ = try await connection.savepoint { try await $0.execute("INSERT INTO \(table) VALUES (4)") }
                for try await _ in connection.copyOut("COPY (SELECT generate_series(1, 300000)) TO STDOUT").rows { break }
            }
            #expect(try await self.rows() == [4])
        }
    }

    @Test func aSerializationFailureCannotBeSwallowedInASavepoint() async throws {
        try await with { connection in
            var tries = 0
            try await connection.transaction { connection in
                tries += 1
                let n = tries
                _ = try? await connection.savepoint { connection in
                    try await connection.execute("INSERT INTO \(table) VALUES (\(n))")
                    if n < 3 { try await connection.execute(Self.serializationFailure) }
                }
            }
            #expect(tries == 3)
        }
        #expect(try await rows() == [3])
    }

    @Test func optionalStepsMayFailRequiredOnesMayNot() async throws {
        let undone = Box<String>()
        let result = try await with { connection in
            try await connection.batch(.init(name: "order")) { batch in
                let id = try await batch.required("reserve") {
                    try await $0.query("INSERT INTO \(identifier: table) VALUES (1) RETURNING n").single().get(0, as: Int.self)
                }
                let refused = try await batch.optional("double") { connection in
                    batch.onRollback("mail") { undone.append("mail") }
                    return try await connection.execute("INSERT INTO \(table) VALUES (2), (1)").count
                }
                #expect(refused == nil && undone.all == ["mail"])
                let done = try await batch.optional("more") { try await $0.execute("INSERT INTO \(table) VALUES (5)").count }
                #expect(done == 1)
                batch.onRollback("never") { undone.append("never") }
                return id
            }
        }
        #expect(result.value == 1 && result.failedCompensations.isEmpty && undone.all == ["mail"])
        #expect(result.steps.map(\.name) == ["reserve", "double", "more"])
        #expect(result.steps.map { $0.error == nil } == [true, false, true])
        #expect(result.steps.map(\.need) == [.required, .optional, .optional])
        #expect(try await rows() == [1, 5])
    }

    @Test func compensationsRunInReverseAndTheirErrorsAreReportedTogether() async throws {
        let undone = Box<String>()
        let error = try await with { connection in
            await batchError {
                try await connection.batch(.init(name: "order")) { batch in
                    for name in ["a", "b", "c"] {
                        try await batch.required(name) { connection in
                            try await connection.execute("INSERT INTO \(table) VALUES (\(name.utf8.first!))")
                            batch.onRollback("undo \(name)") {
                                undone.append(name)
                                if name != "b" { throw Stuck() }
                            }
                        }
                    }
                    try await batch.required("last") { _ in throw Stop() }
                }
            }
        }
        #expect(undone.all == ["c", "b", "a"])
        #expect(error?.cause is Stop && error?.failedStep == "last" && error?.steps.count == 4)
        #expect(error?.failedCompensations.map(\.name) == ["undo c", "undo a"] && error?.pendingCompensations == [])
        #expect(error?.failedCompensations.allSatisfy { $0.error is Stuck } == true)
        #expect(error?.description.contains("undo a") == true)
        #expect(try await rows().isEmpty)
    }

    @Test func everyTryIsCompensatedForBeforeTheNext() async throws {
        let events = Box<String>()
        try await with { connection in
            let result = try await connection.batch { batch in
                let attempt = events.all.count { $0 == "charge" }
                try await batch.required("charge") { _ in
                    events.append("charge")
                    batch.onRollback("refund") { events.append("refund") }
                }
                // An optional step that lost a race is no step that failed: the whole transaction has to run again.
                try await batch.optional("race") { connection in
                    if attempt < 2 { _ = try? await connection.execute(Self.serializationFailure) }
                    if attempt == 0 { throw Stop() }
                }
            }
            #expect(result.steps.map(\.name) == ["charge", "race"] && result.steps.allSatisfy { $0.error == nil })
            #expect(events.all == ["charge", "refund", "charge", "refund", "charge"])
            // After a compensation that failed there is no other try.
            var tries = 0
            let error = await batchError {
                try await connection.batch { batch in
                    tries += 1
                    batch.onRollback("refund") { throw Stuck() }
                    try await batch.required("race") { try await $0.execute(Self.serializationFailure) }
                }
            }
            #expect(tries == 1 && error?.failedCompensations.count == 1 && error?.postgresError?.sqlState == "40001")
        }
    }

    @Test func cancellationIsNoReasonToLeaveThingsAsTheyAre() async throws {
        let undone = Box<Bool>()
        try await with { connection in
            let task = Task {
                try await connection.batch { batch in
                    batch.onRollback("refund") {
                        try await Task.sleep(for: .milliseconds(1))
                        undone.append(true)
                    }
                    try await batch.optional("wait") { connection in
                        withUnsafeCurrentTask { $0?.cancel() }
                        try await connection.query("SELECT pg_sleep(3600)")
                    }
                }
            }
            let error = await batchError { try await task.value }
            #expect(error?.postgresError?.kind == .cancelled && error?.failedStep == "wait")
            #expect(undone.all == [true])
        }
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func anUnknownOutcomeIsNotCompensatedFor() async throws {
        let undone = Box<Bool>()
        let error = try await with { connection in
            try await connection.execute(
                """
                CREATE FUNCTION \(table)_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON \(table) DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION \(table)_slow()
                """)
            let pid = connection.backendPID
            let killer = Task {
                try await TestServer.with { other in
                    _ = await eventually {
                        try await other.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = 'PgSleep'").rowCount == 1
                    }
                    _ = try await other.query("SELECT pg_terminate_backend(\(pid))")
                }
            }
            let error = await batchError {
                try await connection.batch(.init(idSource: TransactionOptions.IDSource.none)) { batch in
                    try await batch.required("charge") { connection in
                        try await connection.execute("INSERT INTO \(table) VALUES (1)")
                        batch.onRollback("refund") { undone.append(true) }
                        batch.onRollback("apologise") { undone.append(true) }
                    }
                }
            }
            try await killer.value
            return error
        }
        #expect(error?.postgresError?.kind == .outcomeUnknown && error?.failedStep == nil)
        #expect(undone.all.isEmpty && error?.pendingCompensations == ["apologise", "refund"])
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func aPoolsBatchGoesOnElsewhere() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1)
        let undone = Box<Int>()
        let result = try await pool.batch { batch in
            let first = undone.all.isEmpty
            batch.onRollback("undo") { undone.append(1) }
            return try await batch.required("step") { connection in
                if first {
                    let pid = connection.backendPID
                    try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(pid), 5000)") }
                }
                return try await connection.query("SELECT 5").single().get(0, as: Int.self)
            }
        }
        #expect(result.value == 5 && result.steps.count == 1 && undone.all == [1])
        await pool.close()
    }
}
