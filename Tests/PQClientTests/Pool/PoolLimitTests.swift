import Foundation
import MetricsTestKit
import PQClient
import Testing

/// Deadlines, limits, health checks and what a pool counts.
@Suite(.timeLimit(.minutes(3))) struct PoolLimitTests {
    private func make(_ change: (inout PostgresPool.Configuration) -> Void) -> PostgresPool {
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        change(&configuration)
        return PostgresPool(conninfo: TestServer.url, configuration: configuration)
    }

    @Test func whoWaitsTooLongLearnsWhoHoldsTheConnections() async throws {
        let pool = make { $0.acquireTimeout = .seconds(100) }
        try await pool.withConnection { _ in
            let waits = [600, 50, 300].map { milliseconds in
                Task.detached { await failure { try await pool.withConnection(timeout: .milliseconds(milliseconds)) { _ in } } }
            }
            for wait in waits {
                let error = try #require(await wait.value)
                #expect(error.kind == .timeout && error.sqlState == "53300")
                #expect(error.detail?.contains("PQClientTests/PoolLimitTests.swift:") == true)
            }
        }
        let statistics = pool.statistics
        #expect(statistics.timeouts == 3 && statistics.waiting == 0 && statistics.leases == 1)
        // A deadline that does not pass leaves nothing behind.
        #expect(try await pool.withConnection(timeout: .seconds(60)) { $0.backendPID } != 0)
        await pool.close()
    }

    @Test func theDeadlineHoldsWhileAConnectionIsOpened() async throws {
        // Accepts connections and never says a word.
        let silent = try SilentServer()
        let pool = PostgresPool(
            conninfo: silent.conninfo, configuration: .init(acquireTimeout: .milliseconds(200), connectTimeout: .milliseconds(600)))
        #expect(await failure { try await pool.withConnection { _ in } }?.kind == .timeout)
        // Opening goes on without the waiter, and has its own time limit.
        #expect(await eventually { pool.statistics.connecting == 0 && pool.statistics.connectFailures == 1 })
        let error = await failure { try await pool.withConnection(timeout: .seconds(60)) { _ in } }
        #expect(error?.kind == .connection && error?.message.contains("600 ms") == true)
        await pool.close()
    }

    @Test func aTaskDoesNotWaitForItself() async throws {
        let pool = make { $0.maxConnections = 2 }
        let error = await failure {
            try await pool.withConnection { first in
                try await pool.withConnection { second in
                    #expect(first.backendPID != second.backendPID)
                    try await pool.withConnection { _ in }
                }
            }
        }
        #expect(error?.kind == .usage && error?.detail?.components(separatedBy: "PoolLimitTests.swift:").count == 3)
        #expect(pool.statistics.idle == 2)
        // A task that it started is not the task itself: it waits, and is served when the lease ends.
        let pids = Box<Int32>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await pool.withConnection { _ in
                for _ in 0..<5 { group.addTask { try await pool.withConnection { pids.append($0.backendPID) } } }
                #expect(await eventually { pids.all.count == 5 })
            }
            try await group.waitForAll()
        }
        // If it cannot be served, the error names the lease that is held meanwhile.
        let nested = await failure {
            try await pool.withConnection { _ in
                try await pool.withConnection { _ in
                    async let third: Void = pool.withConnection(timeout: .milliseconds(100)) { _ in }
                    try await third
                }
            }
        }
        #expect(nested?.kind == .timeout && nested?.detail?.contains("under a lease taken at") == true)
        await pool.close()
    }

    @Test func tenThousandCancelledWaitsReconcile() async throws {
        let pool = make { $0.maxConnections = 2 }
        let outcomes = Box<PostgresError.Kind?>()
        try await pool.withConnection { first in
            try await Task.detached {
                try await pool.withConnection { second in
                    await withTaskGroup(of: Void.self) { group in
                        for number in 0..<10_000 {
                            let task = Task.detached {
                                outcomes.append(await failure { try await pool.withConnection { _ in } }?.kind)
                            }
                            group.addTask {
                                if number % 2 == 0 { try? await Task.sleep(for: .microseconds(Int.random(in: 0...50_000))) }
                                task.cancel()
                                await task.value
                            }
                        }
                    }
                    #expect(pool.statistics.waiting == 0 && pool.statistics.leased == 2 && first.backendPID != second.backendPID)
                }
            }.value
        }
        #expect(outcomes.all.count == 10_000 && outcomes.all.allSatisfy { $0 == .cancelled })
        let statistics = pool.statistics
        #expect(statistics.leases == 2 && statistics.idle == 2 && statistics.size == 2 && statistics.created == 2)
        // Some were cancelled before they could wait at all.
        #expect(statistics.cancelled <= 10_000)
        #expect(try await pool.withConnection { try await $0.query("SELECT 1").single().get(0, as: Int.self) } == 1)
        await pool.close()
    }

    @Test func idleConnectionsGoAndTheMinimumStays() async throws {
        let pool = make {
            ($0.minConnections, $0.maxConnections, $0.idleTimeout, $0.maxLifetime) = (1, 3, .milliseconds(400), .seconds(3600))
        }
        #expect(await eventually { pool.statistics.idle == 1 })
        try await pool.withConnection { _ in
            try await Task.detached { try await pool.withConnection { _ in try await Task.sleep(for: .milliseconds(10)) } }.value
        }
        #expect(await eventually { pool.statistics.size == 1 && pool.statistics.closed[.idle] != nil })
        await pool.close()
    }

    @Test func oldConnectionsAreReplaced() async throws {
        let pool = make { ($0.minConnections, $0.maxConnections, $0.maxLifetime) = (1, 3, .seconds(1)) }
        let first = try await pool.withConnection { $0.backendPID }
        #expect(await eventually { pool.statistics.closed[.lifetime] != nil && pool.statistics.idle >= 1 })
        #expect(try await pool.withConnection { $0.backendPID } != first)
        await pool.close()
    }

    @Test(.needsSession("the pooler keeps its client when the server process ends"))
    func whatBreaksWhileIdleIsReplacedForTheMinimum() async throws {
        let pool = make { $0.minConnections = 1 }
        #expect(await eventually { pool.statistics.idle == 1 })
        let first = try await backend(pool)
        try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(first), 5000)") }
        #expect(await eventually { pool.statistics.closed[.broken] == 1 && pool.statistics.idle == 1 })
        #expect(try await backend(pool) != first)
        await pool.close()
    }

    /// The server process's id according to the server: libpq's number may be a pooler's, and signals have to reach the server.
    private func backend(_ pool: PostgresPool) async throws -> Int32 {
        try await pool.withConnection { try await $0.query("SELECT pg_backend_pid()").single().get(0) }
    }

    @Test(.needsSession("a server process is stopped by its pid, which the pooler keeps to itself"))
    func aConnectionThatFellSilentIsNotLent() async throws {
        let pool = make { ($0.healthCheckAfterIdle, $0.healthCheckTimeout) = (.milliseconds(1), .seconds(2)) }
        let first = try await backend(pool)
        try await Task.sleep(for: .milliseconds(20))
        #expect(try await backend(pool) == first && pool.statistics.closed.isEmpty)
        try #require(kill(first, SIGSTOP) == 0)
        defer { kill(first, SIGCONT) }
        try await Task.sleep(for: .milliseconds(20))
        #expect(try await backend(pool) != first)
        #expect(pool.statistics.closed == [.unhealthy: 1])
        await pool.close()
    }

    @Test(.needsSession("a server process is stopped by its pid, which the pooler keeps to itself"))
    func cancellingDuringAHealthCheckKeepsTheConnection() async throws {
        let pool = make { ($0.healthCheckAfterIdle, $0.healthCheckTimeout) = (.milliseconds(1), .seconds(60)) }
        let first = try await backend(pool)
        try await Task.sleep(for: .milliseconds(20))
        try #require(kill(first, SIGSTOP) == 0)
        let task = Task { try await pool.withConnection { _ in } }
        #expect(await eventually { pool.statistics.leased == 1 })
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        try await Task.sleep(for: .milliseconds(50))
        kill(first, SIGCONT)
        _ = await task.result
        #expect(try await backend(pool) == first)
        #expect(pool.statistics.closed.isEmpty && pool.statistics.leased == 0)
        await pool.close()
    }

    @Test func intervalsCountWhatHappenedInThem() async throws {
        let pool = make { _ in }
        for _ in 0..<3 { try await pool.withConnection { _ in } }
        let first = pool.takeInterval()
        #expect(first.leases == 3 && first.created == 1 && first.waitTimes.count == 3 && first.interval > .zero)
        try await pool.withConnection { _ in }
        let second = pool.takeInterval()
        #expect(second.leases == 1 && second.created == 0 && second.idle == 1)
        #expect(pool.statistics.leases == 4 && pool.takeInterval().leases == 0)
        await pool.close()
    }

    @Test func metricsBearOpenTelemetrysNames() async throws {
        let metrics = TestMetrics()
        let pool = make { ($0.name, $0.maxConnections, $0.metricsFactory, $0.leakThreshold) = ("shop", 2, metrics, .milliseconds(200)) }
        let dimensions = [("db.client.connection.pool.name", "shop")]
        func meter(_ name: String, _ more: [(String, String)] = []) throws -> Double? {
            try metrics.expectMeter("db.client.connection.\(name)", dimensions + more).lastValue
        }
        func count(_ state: String) throws -> Double? { try meter("count", [("db.client.connection.state", state)]) }
        try await pool.withConnection { _ in
            try await Task.detached {
                try await pool.withConnection { _ in
                    let tooLate = Task.detached { await failure { try await pool.withConnection(timeout: .milliseconds(50)) { _ in } } }
                    #expect(await tooLate.value?.kind == .timeout)
                    let waiter = Task.detached { await failure { try await pool.withConnection { _ in } } }
                    #expect(await eventually { try count("used") == 2 && meter("pending_requests") == 1 && meter("max") == 2 })
                    waiter.cancel()
                    #expect(await waiter.value?.kind == .cancelled)
                }
            }.value
        }
        #expect(await eventually { try count("idle") == 2 && count("used") == 0 && meter("pending_requests") == 0 })
        #expect(try metrics.expectCounter("db.client.connection.timeouts", dimensions).totalValue == 1)
        for (name, values) in [("wait_time", 2), ("use_time", 2), ("create_time", 2)] {
            let timer = try metrics.expectTimer("db.client.connection.\(name)", dimensions)
            #expect(timer.values.count == values && timer.values.allSatisfy { $0 > 0 }, "\(name)")
        }
        await pool.close()
    }
}
