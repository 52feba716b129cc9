import Foundation
import Testing

@testable import PQClient

@Suite(.timeLimit(.minutes(2))) struct PoolTests {
    private struct Stop: Error {}

    @Test func isBoundedAndReusesConnections() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 3, applicationName: "pool")
        let pids = Box<Int32>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    try await pool.withConnection { connection in
                        pids.append(connection.backendPID)
                        _ = try await connection.query("SELECT pg_sleep(0.002)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(pids.all.count == 60 && Set(pids.all).count <= 3)
        let statistics = pool.statistics
        #expect(statistics.size == 3 && statistics.idle == 3 && statistics.leased == 0 && statistics.waiting == 0)
        #expect(statistics.leases == 60 && statistics.waitTimes.count == 60 && statistics.created == 3 && statistics.closed.isEmpty)
        #expect(statistics.waitTimes.max > .zero && statistics.waitTimes.buckets.reduce(0, +) == 60)
        let sum: Int = try await pool.transaction { try await $0.query("SELECT 1 + 1").single().get(0) }
        #expect(sum == 2)
        await pool.close()
        #expect(pool.statistics.size == 0 && pool.statistics.closed == [.shutdown: 3])
        #expect(await failure { try await pool.withConnection { _ in } }?.kind == .connection)
    }

    @Test func firstComeFirstServed() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1)
        let order = Box<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await pool.withConnection { _ in
                for number in 0..<10 {
                    group.addTask { try await pool.withConnection { _ in order.append(number) } }
                    #expect(await eventually { pool.statistics.waiting == number + 1 })
                }
            }
            try await group.waitForAll()
        }
        #expect(order.all == Array(0..<10))
        await pool.close()
    }

    @Test func cancelledWaitersLeaveNothingBehind() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 2)
        let outcomes = Box<Bool>()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                let task = Task {
                    do {
                        try await pool.withConnection { _ = try await $0.query("SELECT 1") }
                        outcomes.append(true)
                    } catch { outcomes.append(false) }
                }
                if number % 3 != 0 {
                    group.addTask {
                        try? await Task.sleep(for: .microseconds(Int.random(in: 0...3000)))
                        task.cancel()
                    }
                }
                group.addTask { await task.value }
            }
        }
        #expect(outcomes.all.count == 300 && outcomes.all.filter { $0 }.count >= 100)
        #expect(pool.statistics.waiting == 0 && pool.statistics.leased == 0)
        // One may still be opened for a task that has left.
        #expect(await eventually { pool.statistics.size == pool.statistics.idle })
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pool.withConnection { _ in }
        }
        #expect(await failure { try await cancelled.value }?.kind == .cancelled)
        await pool.close()
    }

    @Test(.needsSession("a server process is ended by its pid, which the pooler keeps to itself"))
    func whatComesBackUnfitIsNotLentAgain() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1)
        func pid() async throws -> Int32 { try await pool.withConnection { $0.backendPID } }
        let first = try await pid()
        #expect(try await pid() == first)
        await #expect(throws: Stop.self) {
            try await pool.withConnection { connection in
                try await connection.execute("BEGIN")
                throw Stop()
            }
        }
        let second = try await pid()
        #expect(second != first && pool.statistics.closed == [.unfit: 1])
        // One that dies while it is idle is found out before it is lent.
        try await TestServer.with { _ = try await $0.query("SELECT pg_terminate_backend(\(second), 5000)") }
        #expect(
            await eventually {
                let other = try await pid()
                return other != second
            })
        #expect(pool.statistics.size == 1 && pool.statistics.closed[.broken] == 1)
        await pool.close()
    }

    @Test func aCancelledStatementCostsNoConnection() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1)
        let pids = Box<Int32>()
        for _ in 0..<20 {
            let task = Task {
                try await pool.withConnection { connection in
                    pids.append(connection.backendPID)
                    _ = try await connection.query("SELECT pg_sleep(3600)")
                }
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...20)))
            task.cancel()
            #expect(await failure { try await task.value }?.kind == .cancelled)
            try await pool.withConnection { _ = try await $0.query("SELECT 1") }
        }
        #expect(Set(pids.all).count <= 1)
        await pool.close()
    }

    @Test func aServerThatIsGoneReachesEveryWaiter() async throws {
        let pool = PostgresPool(conninfo: "host=/nonexistent", maxConnections: 2)
        let kinds = Box<PostgresError.Kind?>()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { kinds.append(await failure { try await pool.withConnection { _ in } }?.kind) }
            }
        }
        #expect(kinds.all.allSatisfy { $0 == .connection } && kinds.all.count == 20)
        #expect(pool.statistics.size == 0)
    }

    @Test func closingRefusesWaitersAndClosesWhatComesBack() async throws {
        let pool = PostgresPool(conninfo: TestServer.url, maxConnections: 1)
        try await pool.withConnection { connection in
            let waiter = Task { try await pool.withConnection { _ in } }
            #expect(await eventually { pool.statistics.waiting == 1 })
            await pool.close()
            #expect(await failure { try await waiter.value }?.kind == .connection)
            // The one who has a connection may finish.
            try await connection.query("SELECT 1")
        }
        #expect(pool.statistics.size == 0)
    }

    @Test func aTransactionsTimeLimitCoversTheWaitForAConnection() async throws {
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        configuration.acquireTimeout = nil
        let pool = PostgresPool(conninfo: TestServer.url, configuration: configuration)
        try await pool.withConnection { _ in
            let waiting = Task.detached { try await pool.transaction(.init(timeout: .milliseconds(50))) { _ in } }
            #expect(await failure { try await waiting.value }?.kind == .timeout)
        }
        _ = try await pool.transaction(.init(timeout: .seconds(60))) { try await $0.execute("SELECT 1") }
        await pool.close()
    }
}
