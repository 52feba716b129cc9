import DevCluster
import Foundation
import Testing

@testable import PQClient

/// What a server says when it ends a session, and when it stays silent.
@Suite(.timeLimit(.minutes(3))) struct LastWordsTests {
    @Test func theReasonOfARefusedConnectionHasItsCode() async throws {
        let missing = await failure { try await PostgresConnection.connect(TestServer.directURL + "&dbname=nowhere") }
        #expect(missing?.kind == .connection && missing?.sqlState == "3D000")
        #expect(missing?.message.contains("3D000") == false && missing?.message.contains("postinit.c") == false)
        #expect(missing?.message.contains("nowhere") == true)
        let gone = await failure { try await PostgresConnection.connect("host=/nonexistent") }
        #expect(gone?.kind == .connection && gone?.sqlState == nil)
    }

    @Test func aSessionThatIsTerminatedWhileItRestsSaysWhy() async throws {
        try await TestServer.with(TestServer.directURL) { direct in
            let connection = try await PostgresConnection.connect(TestServer.directURL)
            try await direct.query("SELECT pg_terminate_backend(\(connection.backendPID))")
            #expect(await eventually { !connection.isOpen })
            let error = await failure { try await connection.query("SELECT 1") }
            #expect(error?.kind == .connection && error?.sqlState == "57P01")
        }
    }

    @Test func aTransactionThatIdledForTooLongSaysWhy() async throws {
        try await TestServer.with(TestServer.directURL) { connection in
            let error = await failure {
                try await connection.transaction(.init(settings: ["idle_in_transaction_session_timeout": "50ms"])) { connection in
                    _ = await eventually { !connection.isOpen }
                    _ = try await connection.query("SELECT 1")
                }
            }
            #expect(error?.sqlState == "25P03" && error?.kind == .connection)
            let silent = try await PostgresConnection.connect(TestServer.directURL)
            let atCommit = await failure {
                try await silent.transaction(.init(settings: ["idle_in_transaction_session_timeout": "50ms"])) { connection in
                    _ = await eventually { !connection.isOpen }
                }
            }
            #expect(atCommit?.sqlState == "25P03" && atCommit?.detail?.contains("COMMIT") == true)
        }
    }

    @Test func aCancelledStatementSaysWhatCancelledIt() async throws {
        try await TestServer.with { connection in
            let late = await failure {
                let options = TransactionOptions(name: "slow", timeout: .seconds(1))
                try await connection.transaction(options) { _ = try await $0.query("SELECT pg_sleep(60)") }
            }
            #expect(late?.kind == .timeout && late?.sqlState == "57014" && late?.message.hasPrefix("transaction slow took longer") == true)
        }
    }

    /// The server falls silent in the middle of a transaction with a time limit of one second.
    @Test func aShortTimeLimitIsNotStretchedByTheGrace() async throws {
        let proxy = try FaultProxy(server: TestServer.directURL) {
            $0.sender == .client && $0.type == UInt8(ascii: "P") ? .silence : .forward
        }
        defer { proxy.stop() }
        let connection = try await PostgresConnection.connect(proxy.url)
        #expect(await connection.cancelGrace == .seconds(10))
        let start = ContinuousClock.now
        let error = await failure {
            try await connection.transaction(.init(timeout: .seconds(1), idSource: TransactionOptions.IDSource.none)) {
                try await $0.query("SELECT 1")
            }
        }
        #expect(error?.kind == .timeout)
        // The grace alone would be ten.
        #expect(start.duration(to: .now) < .seconds(8))
    }
}
