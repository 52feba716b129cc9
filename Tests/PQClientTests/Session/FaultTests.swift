import DevCluster
import Foundation
import Synchronization
import Testing

@testable import PQClient

/// Compares the reported end of a transaction with what is in the table when the connection breaks on the way.
@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    enum End: Equatable { case committed, rolledBack, unknown }

    /// A table of its own, and a proxy that does `action` at the first message that `moment` picks.
    private func transfer(
        _ transport: FaultProxy.Transport = .unix, action: FaultProxy.Action, timeout: Duration? = nil,
        at moment: @escaping @Sendable (FaultProxy.Message) -> Bool
    ) async throws -> (end: End, error: PostgresError?, present: Bool, met: Bool) {
        let table = TestServer.unique("f")
        let met = Once()
        return try await TestServer.with(TestServer.directURL) { direct in
            try await direct.execute("CREATE TABLE \(table) (id int)")
            // Only the first connection: those that the client opens to resolve the outcome go through.
            let proxy = try FaultProxy(server: TestServer.directURL, transport: transport) { message in
                message.connection == 0 && moment(message) && met.first() ? action : .forward
            }
            defer { proxy.stop() }
            var end = End.committed
            var reason: PostgresError?
            do {
                let connection = try await PostgresConnection.connect(proxy.url + "&connect_timeout=3", applicationName: table)
                connection.shortenCancelGrace()
                try await connection.transaction(.init(name: "transfer", timeout: timeout)) { connection in
                    try await connection.query("INSERT INTO \(identifier: table) VALUES (1)")
                    try await connection.query("INSERT INTO \(identifier: table) VALUES (2)")
                }
                await connection.close()
            } catch let error as PostgresError {
                end = error.kind == .outcomeUnknown ? .unknown : .rolledBack
                reason = error
            }
            // A COMMIT may still be on its way.
            let over = await eventually {
                try await direct.query("SELECT FROM pg_stat_activity WHERE application_name = \(table)").isEmpty
            }
            #expect(over)
            let rows: Int = try await direct.query("SELECT count(*) FROM \(identifier: table)").single().get(0)
            #expect(rows == 0 || rows == 2)
            return (end, reason, rows == 2, met.isOver)
        }
    }

    private final class Once: Sendable {
        private let over = Mutex(false)
        var isOver: Bool { over.withLock { $0 } }

        /// True for the first call.
        func first() -> Bool {
            over.withLock { over in
                defer { over = true }
                return !over
            }
        }
    }

    /// Breaks the connection at every message in turn. Whatever the moment, "committed" means that the rows are there and
    /// any error but `outcomeUnknown` that they are not.
    @Test(arguments: [FaultProxy.Sender.client, .server], [FaultProxy.Action.reset, .late(.milliseconds(50))])
    func aBreakAtAnyMessageIsToldRight(sender: FaultProxy.Sender, action: FaultProxy.Action) async throws {
        var number = 0
        var ends: [End] = []
        while true {
            let wanted = number
            let outcome = try await transfer(action: action) { $0.sender == sender && $0.number == wanted }
            switch outcome.end {
            case .committed: #expect(outcome.present, "message \(number)")
            case .rolledBack: #expect(!outcome.present, "message \(number): \(String(describing: outcome.error))")
            case .unknown: break
            }
            guard outcome.met else { break }
            ends.append(outcome.end)
            number += 1
        }
        // The handshake, BEGIN, two statements, COMMIT.
        #expect(ends.count >= 8 && ends.contains(.rolledBack))
    }

    @Test(arguments: FaultProxy.Transport.allCases) func aLostCommitIsNeverACommit(transport: FaultProxy.Transport) async throws {
        let outcome = try await transfer(transport, action: .reset) { $0.isCommit }
        #expect(outcome.met && outcome.present == (outcome.end == .committed))
    }

    @Test(arguments: FaultProxy.Transport.allCases) func aLostReplyIsNeverARollback(transport: FaultProxy.Transport) async throws {
        let outcome = try await transfer(transport, action: .reset) { $0.answersCommit }
        #expect(outcome.met && outcome.present && outcome.end != .rolledBack)
    }

    /// The COMMIT reaches the server half a second after the client heard of the break.
    @Test func aCommitThatArrivesLateIsNoRollback() async throws {
        let outcome = try await transfer(action: .late(.milliseconds(500))) { $0.isCommit }
        #expect(outcome.met && outcome.present && outcome.end != .rolledBack)
    }

    /// A busy machine may need longer than the first time limit to reach the moment at all.
    private func silence(
        at moment: @escaping @Sendable (FaultProxy.Message) -> Bool
    ) async throws -> (end: End, error: PostgresError?, present: Bool, met: Bool) {
        for timeout in [Duration.milliseconds(300), .seconds(5)] {
            let outcome = try await transfer(action: .silence, timeout: timeout, at: moment)
            if outcome.met { return outcome }
        }
        return try await transfer(action: .silence, timeout: .seconds(30), at: moment)
    }

    @Test func aServerThatGoesSilentIsGivenUp() async throws {
        let outcome = try await silence { $0.sender == .client && $0.type == UInt8(ascii: "P") }
        #expect(outcome.met && !outcome.present && outcome.end == .rolledBack)
    }

    /// The ROLLBACK of a failed transaction is not answered either.
    @Test func silenceAtRollbackHoldsNobodyUp() async throws {
        let proxy = try FaultProxy(server: TestServer.directURL) { $0.isRollback ? .silence : .forward }
        defer { proxy.stop() }
        let connection = try await PostgresConnection.connect(proxy.url)
        connection.shortenCancelGrace()
        let error = await failure { try await connection.transaction { try await $0.query("SELECT 1 / 0") } }
        #expect(error?.sqlState == "22012" && !connection.isOpen)
    }

    @Test func silenceAtCommitLeavesNoFalseWord() async throws {
        let outcome = try await silence { $0.isCommit }
        #expect(outcome.met && outcome.present == (outcome.end == .committed))
    }

    /// The cancel request is not answered either.
    @Test func aCancelRequestThatIsNeverAnsweredHoldsNobodyUp() async throws {
        let proxy = try FaultProxy(server: TestServer.directURL) { $0.isCancelRequest ? .silence : .forward }
        defer { proxy.stop() }
        let pool = PostgresPool(conninfo: proxy.url, maxConnections: 1)
        let task = Task {
            try await pool.withConnection { connection in
                connection.shortenCancelGrace()
                _ = try await connection.query("SELECT pg_sleep(3600)")
            }
        }
        #expect(await eventually { proxy.liveConnections == 1 })
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        #expect(await failure { try await task.value }?.kind == .cancelled)
        // The lease is not lost with the connection.
        let one: Int = try await pool.withConnection { try await $0.query("SELECT 1").single().get(0) }
        #expect(one == 1)
        await pool.close()
    }

    @Test func delaysAreOnlyDelays() async throws {
        let outcome = try await transfer(action: .delay(.milliseconds(300))) { $0.isCommit }
        #expect(outcome.met && outcome.present && outcome.end == .committed)
    }

    /// After a statement whose answer the sender read itself, the event thread does not watch the socket for a while. Over TCP, because a
    /// Unix socket reports the end of its other side in any case.
    @Test(.needsSession("a pooler keeps its side open")) func theEndOfAnIdleConnectionIsNoticed() async throws {
        let proxy = try FaultProxy(server: TestServer.directURL, transport: .tcp) { _ in .forward }
        defer { proxy.stop() }
        let connection = try await PostgresConnection.connect(proxy.url)
        let row = try await connection.query("SELECT pg_backend_pid()").single()
        connection.session.entered { $0.unwatch() }
        let pid: Int32 = try row.get(0)
        _ = try await TestServer.with(TestServer.directURL) { try await $0.query("SELECT pg_terminate_backend(\(pid))") }
        #expect(await eventually { !connection.isOpen })
    }
}

extension PostgresConnection {
    /// Gives up a silent server after one second instead of ten.
    fileprivate nonisolated func shortenCancelGrace() { session.entered { $0.cancelGrace = .seconds(1) } }
}
