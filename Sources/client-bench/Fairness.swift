import ArgumentParser
import PQClient

/// Measures how long each of many tasks waits when they share few connections.
struct Fairness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures how long tasks wait for one of few connections.")

    @OptionGroup var server: ServerOption
    @Option(name: .customLong("tasks")) var taskCount = 1000
    @Option var connections = 20
    @Option(help: "Number of leases that each task takes, one after the other.") var leases = 20

    private struct Report: Encodable {
        var leases: Int
        var medianMs: Double
        var p99Ms: Double
        var maxMs: Double
    }

    func run() async throws {
        let pool = PostgresPool(conninfo: server.url, maxConnections: connections, applicationName: "client-bench")
        let leases = leases
        // Opened beforehand, so that no task waits for that.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<connections {
                group.addTask { try await pool.withConnection { _ = try await $0.query("SELECT pg_sleep(0.2)") } }
            }
            try await group.waitForAll()
        }
        var waits = try await withThrowingTaskGroup(of: [Int64].self, returning: [Int64].self) { group in
            for _ in 0..<taskCount {
                group.addTask {
                    var waits: [Int64] = []
                    for _ in 0..<leases {
                        let began = ContinuousClock.now
                        try await pool.withConnection { connection in
                            waits.append(Int64(began.duration(to: .now).microseconds))
                            _ = try await connection.query("SELECT pg_sleep(0.001)")
                        }
                    }
                    return waits
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        await pool.close()
        waits.sort()
        try Report(
            leases: waits.count, medianMs: Double(waits.quantile(0.5)) / 1000, p99Ms: Double(waits.quantile(0.99)) / 1000,
            maxMs: Double(waits.last ?? 0) / 1000
        ).printJSON()
    }
}
