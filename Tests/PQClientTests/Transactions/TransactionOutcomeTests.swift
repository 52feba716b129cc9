import DevCluster
import Foundation
import TestSupport
import Testing

@testable import PQClient

/// COMMITs whose answer is lost: the outcome is found out, and nothing is claimed that is not known.
@Suite(.timeLimit(.minutes(2))) struct TransactionOutcomeTests {
    /// Leaves a transaction open, and returns what a client would know about it.
    private func open(_ connection: PostgresConnection) async throws -> CommitResolver {
        let mark = try await connection.begin(TransactionOptions())
        return CommitResolver(
            id: try #require(mark.id), began: mark.began, serverStarted: connection.session.entered { $0.serverStarted },
            origin: ConnectOrigin(conninfo: TestServer.url))
    }

    @Test func theServerSaysWhatBecameOfATransaction() async throws {
        try await TestServer.with { connection in
            for (end, outcome) in [("COMMIT", TransactionOutcome.committed), ("ROLLBACK", .rolledBack)] {
                let resolver = try await open(connection)
                try await connection.execute(end)
                #expect(await resolver.resolve(within: .seconds(60)) == outcome)
            }
        }
    }

    @Test func anotherServersWordIsNotBelieved() async throws {
        try await TestServer.with { connection in
            var other = try await open(connection)
            var crashed = other
            try await connection.execute("COMMIT")
            other.serverStarted = "1.5"
            // Began before the server's statistics, as if the server had crashed since.
            crashed.began = ContinuousClock.now - .seconds(1_000_000_000)
            for resolver in [other, crashed] {
                guard case .unknown(let reason) = await resolver.resolve(within: .seconds(60)) else {
                    Issue.record("believed")
                    continue
                }
                #expect(reason.contains("restarted"))
            }
            var future = other
            future.id = (1 << 50) + 1000
            guard case .unknown(let reason) = await future.resolve(within: .seconds(1.5)) else {
                Issue.record("an id that does not exist yet")
                return
            }
            #expect(reason.contains("does not know"))
        }
    }

    @Test func aBackendThatWaitsForALostClientIsEnded() async throws {
        try await TestServer.with { connection in
            let resolver = try await open(connection)
            #expect(await resolver.resolve(within: .seconds(60)) == .rolledBack)
            #expect(await failure { try await connection.query("SELECT 1") } != nil)
        }
        // A server that cannot be reached gives no answer within the time limit.
        try await TestServer.with { connection in
            var resolver = try await open(connection)
            resolver.origin = ConnectOrigin(conninfo: "host=/nowhere")
            let begin = ContinuousClock.now
            guard case .unknown = await resolver.resolve(within: .milliseconds(200)) else {
                Issue.record("an outcome without an answer")
                return
            }
            #expect(begin.duration(to: .now) < .seconds(30))
            try await connection.execute("ROLLBACK")
        }
    }

    /// COMMIT waits for a standby that does not exist: it has taken effect, but is not answered.
    @Test func aCommitWhoseAnswerIsLostIsACommit() async throws {
        let cluster = try await blocking { try DevCluster.temporary() }
        let admin = try await PostgresConnection.connect(cluster.url)
        try await admin.execute("CREATE TABLE paid (n int)")
        for setting in ["synchronous_commit = local", "synchronous_standby_names = nobody"] {
            try await admin.execute("ALTER SYSTEM SET \(setting)")
        }
        try await admin.execute("SELECT pg_reload_conf()")
        #expect(await eventually { try await admin.query("SHOW synchronous_standby_names").single().get(0, as: String.self) == "nobody" })
        let conninfo = cluster.url
        for (n, source) in [TransactionOptions.IDSource.withBegin, .beforeCommit, .none].enumerated() {
            let connection = try await PostgresConnection.connect(conninfo)
            let pid = connection.backendPID
            let killer = Task {
                #expect(
                    await eventually {
                        try await admin.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = 'SyncRep'").rowCount == 1
                    })
                try await admin.query("SELECT pg_terminate_backend(\(pid))")
            }
            let options = TransactionOptions(
                name: "payment", settings: ["synchronous_commit": "on"], idSource: source, resolveWithin: .seconds(60))
            let error = await failure {
                try await connection.transaction(options) { try await $0.query("INSERT INTO paid VALUES (\(n))") }
            }
            try await killer.value
            #expect(source == .none ? error?.kind == .outcomeUnknown && error?.hint != nil : error == nil)
            #expect(error?.message.contains("transaction payment") ?? true)
            #expect(!connection.isOpen)
        }
        #expect(try await admin.query("SELECT n FROM paid ORDER BY n").map { try $0.get(0, as: Int.self) } == [0, 1, 2])
        await admin.close()
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func aPoolTriesAgainWhatIsKnownToBeRolledBack() async throws {
        let name = TestServer.unique("t")
        try await TestServer.with { try await $0.execute("CREATE TABLE \(name) (id int)") }
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 2)
        func kill(_ connection: PostgresConnection) async throws {
            let pid = connection.backendPID
            try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(pid), 5000)") }
        }
        let tries = Box<Int>()
        try await pool.transaction(.init(onRetry: { attempt, _ in tries.append(attempt) })) { connection in
            try await connection.execute("INSERT INTO \(name) VALUES (1)")
            if tries.all.count < 2 { try await kill(connection) }
            try await connection.query("SELECT 1")
        }
        #expect(tries.all == [1, 2])
        // Not more often than allowed, and not on a guess.
        let error = await failure {
            try await pool.transaction(.init(maxRetries: 1)) { connection in
                try await kill(connection)
                try await connection.query("SELECT 1")
            }
        }
        #expect(error?.kind == .connection)
        let rows: Int = try await TestServer.with { try await $0.query("SELECT count(*) FROM \(identifier: name)").single().get(0) }
        #expect(rows == 1)
        await pool.close()
    }
}
