import ArgumentParser
import PQClient
import RaceLab

/// Cancels tasks that wait for a connection of a busy pool, then counts what remains.
struct LeaseWaits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lease-waits", abstract: "Cancels tasks that wait for a lease and counts what remains.")

    @OptionGroup var server: ServerOption
    @Option(help: "Number of waits to cancel; leases granted before the cancellation do not count.") var count = 10_000
    @Option var connections = 4
    @Option var waiters = 100
    @Option var seed: UInt64 = 1

    private struct Report: Encodable {
        var cancelledWaits: Int
        var granted: Int
        var otherErrors: Int
        var stuck: Int
        /// Must be as if nothing had happened: no task waits, no connection is lent, every open connection is idle.
        var waiting: Int
        var leased: Int
        var open: Int
        var idle: Int
        var usable: Int
        var seed: UInt64
    }

    func run() async throws {
        let pool = PostgresPool(conninfo: server.url, maxConnections: connections, applicationName: "client-bench")
        let (count, connections, seed) = (count, connections, seed)
        let cancelled = Counter()
        let granted = Counter()
        let other = Counter()
        // They keep every connection lent and pass it on all the time.
        let holders = (0..<connections * 2).map { _ in
            Task {
                while cancelled.value < count {
                    do {
                        try await pool.withConnection { _ = try await $0.query("SELECT pg_sleep(0.002)") }
                        granted.add()
                    } catch { other.add() }
                }
            }
        }
        let tasks = (0..<waiters).map { waiter in
            Task {
                var random = SplitMix64(seed: seed, client: waiter)
                while cancelled.value < count {
                    let task = Task {
                        try await pool.withConnection { connection in
                            granted.add()
                            _ = try await connection.query("SELECT 1")
                        }
                    }
                    if random.next() % 2 == 0 {
                        try? await Task.sleep(for: .microseconds(Int(random.next() % 80_000)))
                    } else {
                        for _ in 0..<(random.next() % 10) { await Task.yield() }
                    }
                    task.cancel()
                    switch await task.result {
                    case .success: break
                    case .failure(let error as PostgresError) where error.kind == .cancelled:
                        if error.message.contains("waited for a connection") { cancelled.add() }
                    case .failure: other.add()
                    }
                }
            }
        }
        let stuck = await Watch(progress: { cancelled.value + granted.value }).wait(for: tasks + holders)
        let statistics = pool.statistics
        // All open connections can be borrowed at the same time, and work.
        let usable = try await withThrowingTaskGroup(of: Void.self) { group in
            let all = Counter()
            for _ in 0..<connections {
                group.addTask {
                    try await pool.withConnection { connection in
                        _ = try await connection.query("SELECT 1")
                        all.add()
                        for _ in 0..<30_000 where all.value < connections { try await Task.sleep(for: .milliseconds(1)) }
                    }
                }
            }
            try await group.waitForAll()
            return all.value
        }
        await pool.close()
        try Report(
            cancelledWaits: cancelled.value, granted: granted.value, otherErrors: other.value, stuck: stuck,
            waiting: statistics.waiting, leased: statistics.leased, open: statistics.size, idle: statistics.idle, usable: usable,
            seed: seed
        ).printJSON()
    }
}
