import Foundation
import PQClient
import Testing

/// Leases that last too long.
@Suite(.timeLimit(.minutes(3))) struct PoolLeakTests {
    private struct Watched {
        let pool: PostgresPool
        let reports = Box<LeaseReport>()

        init(conninfo: String = TestServer.url) {
            var configuration = PostgresPool.Configuration(name: "watched", maxConnections: 1, leakThreshold: .milliseconds(300))
            configuration.leaseReportHandler = { [reports] in reports.append($0) }
            pool = PostgresPool(conninfo: conninfo, configuration: configuration)
        }

        func report() async -> LeaseReport? {
            _ = await eventually { !reports.all.isEmpty }
            return reports.all.first
        }
    }

    @Test(.needsSession("leaks are looked up by pid, which the pooler keeps to itself"))
    func anIdleBackendIsALeakAndItsReturnIsToldToo() async throws {
        let watched = Watched()
        let line = #line + 1
        try await watched.pool.withConnection { connection in
            let report = try #require(await watched.report())
            guard case .leak(_, inTransaction: false) = report.verdict else {
                Issue.record("\(report)")
                return
            }
            #expect(report.callSite == .init(fileID: "PQClientTests/PoolLeakTests.swift", line: line))
            #expect(report.backendPID == connection.backendPID && report.heldFor >= .milliseconds(300))
            #expect("\(report)".contains("PoolLeakTests.swift:\(line)") && watched.pool.statistics.leaks == 1)
        }
        #expect(watched.reports.all.map(\.verdict).last == .returnedAfterAll && watched.reports.all.count == 2)
        // Leases that end in time are not reported.
        try await watched.pool.withConnection { _ in }
        #expect(watched.reports.all.count == 2)
        await watched.pool.close()
    }

    @Test(.needsSession("leaks are looked up by pid, which the pooler keeps to itself"))
    func anIdleTransactionIsALeakThatHoldsLocks() async throws {
        let watched = Watched()
        try await watched.pool.transaction { connection in
            try await connection.query("SELECT 1")
            let report = try #require(await watched.report())
            guard case .leak(_, inTransaction: true) = report.verdict else {
                Issue.record("\(report)")
                return
            }
        }
        await watched.pool.close()
    }

    @Test(.needsSession("leaks are looked up by pid, which the pooler keeps to itself"))
    func aRunningStatementIsSlowAndNoLeak() async throws {
        let watched = Watched()
        let task = Task { try await watched.pool.withConnection { try await $0.query("SELECT 'a slow one', pg_sleep(3600)") } }
        let report = try #require(await watched.report())
        guard case .slowQuery(let running, let query) = report.verdict else {
            Issue.record("\(report)")
            return
        }
        #expect(running > .zero && query.contains("a slow one") && watched.pool.statistics.leaks == 0)
        task.cancel()
        _ = await task.result
        #expect(await eventually { watched.reports.all.last?.verdict == .returnedAfterAll })
        await watched.pool.close()
    }
}
