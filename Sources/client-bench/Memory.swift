import ArgumentParser
import Foundation
import PQClient

/// Runs millions of statements of every kind and watches the memory of the process.
struct Memory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures the memory of the process over many statements.")

    @OptionGroup var server: ServerOption
    @Option var count = 5_000_000
    @Option(help: "Number of statements before the memory is first measured.") var warmUp = 500_000
    @Option var connections = 8

    private struct Report: Encodable {
        var statements: Int
        var warmMb: Double
        var endMb: Double
        /// The peak after the warm-up, above the value after the warm-up.
        var growthMb: Double
        var seconds: Double
    }

    func run() async throws {
        let group = EventThreadGroup(count: 2)
        let pool = PostgresPool(
            conninfo: server.url, maxConnections: connections, applicationName: "client-bench", eventThreads: group)
        let done = Counter()
        let began = ContinuousClock.now
        try await work(until: warmUp, pool, done)
        let warm = Self.residentMB()
        var most = warm
        // In twenty parts, to see a peak as well as the end.
        for part in 1...20 {
            try await work(until: warmUp + count / 20 * part, pool, done)
            most = max(most, Self.residentMB())
        }
        let end = Self.residentMB()
        await pool.close()
        try Report(
            statements: done.value, warmMb: warm, endMb: end, growthMb: most - warm, seconds: began.duration(to: .now) / .seconds(1)
        ).printJSON()
    }

    private func work(until limit: Int, _ pool: PostgresPool, _ done: Counter) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    while done.value < limit {
                        try await pool.withConnection { connection in
                            try await connection.run { connection in
                                for _ in 0..<50 { done.add(try await StatementMix.round(on: connection)) }
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Resident set of this process.
    private static func residentMB() -> Double {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
        return Double(pages.flatMap { Int($0) } ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}

/// The statements of an application: mostly short ones, some larger results, transactions and errors.
private enum StatementMix {
    /// Returns how many statements it sent.
    static func round(on connection: PostgresConnection) async throws -> Int {
        for key in 1...20 {
            let lookup = try await connection.query("SELECT balance FROM bench.account WHERE id = \(key)", named: "lookup")
            guard try lookup.single().get(0, as: Int.self) == key * 7 else { throw WrongAnswer() }
            let text = "text \(key)"
            let echo = try await connection.query("SELECT \(key)::bigint, \(text)::text")
            guard try echo.single().decode((Int, String).self) == (key, text) else { throw WrongAnswer() }
        }
        let rows = try await connection.query("SELECT id, balance FROM bench.account WHERE id <= 50")
        guard try rows.decode((Int, Int).self).count == 50 else { throw WrongAnswer() }
        let failed = try? await connection.query("SELECT 1 / 0")
        guard failed == nil else { throw WrongAnswer() }
        try await connection.transaction { connection in
            _ = try await connection.execute("SELECT 1; SELECT 2")
        }
        return 46
    }
}
