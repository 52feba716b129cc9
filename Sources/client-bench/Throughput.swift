import ArgumentParser
import Foundation
import PQClient
import RaceLab

/// Runs one short statement over and over on every connection, each as soon as the one before is answered, like pgbench.
struct Throughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs one short statement in a closed loop on every connection.")

    enum Statement: String, ExpressibleByArgument, CaseIterable {
        case select1
        /// By primary key, in bench.account with ids from 1 to `--rows`.
        case lookup
    }

    enum Tasks: String, ExpressibleByArgument, CaseIterable {
        /// Each task runs on its connection's event thread.
        case executor
        /// Each task runs on the default pool.
        case ordinary
    }

    @OptionGroup var server: ServerOption
    @Option var statement = Statement.select1
    @Option var tasks = Tasks.executor
    @Option var connections = 8
    @Option(help: "Number of event threads.") var threads = 2
    @Option var seconds = 5.0
    @Option(help: "Number of rows in the looked-up table.") var rows = 100_000
    @Flag(help: "Sends unnamed statements, which the server parses and plans each time.") var unnamed = false
    @Flag(help: "Times every twentieth statement.") var latency = false

    private struct Report: Encodable {
        var rate: Double
        var statements: Int
        var seconds: Double
        var p50Us: Int64
        var p99Us: Int64
    }

    func run() async throws {
        let group = EventThreadGroup(count: threads)
        let open = try await connect(connections, to: server.url, on: group)
        let stop = StopFlag()
        let tasks = tasks
        let began = ContinuousClock.now
        let loops = open.enumerated().map { index, connection in
            let loop = StatementLoop(
                statement: statement, name: unnamed ? nil : "bench", rows: rows, sampling: latency ? 20 : 0, offset: index,
                random: SplitMix64(seed: 1, client: index), stop: stop)
            return Task {
                switch tasks {
                case .executor: try await connection.run { try await loop.run(on: $0) }
                case .ordinary: try await loop.run(on: connection)
                }
            }
        }
        try await Task.sleep(for: .seconds(seconds))
        stop.set()
        var total = 0
        var samples: [Int64] = []
        for loop in loops {
            let (count, taken) = try await loop.value
            total += count
            samples += taken
        }
        let elapsed = began.duration(to: .now) / .seconds(1)
        samples.sort()
        for connection in open { await connection.close() }
        try Report(
            rate: Double(total) / elapsed, statements: total, seconds: elapsed, p50Us: samples.quantile(0.5) / 1000,
            p99Us: samples.quantile(0.99) / 1000
        ).printJSON()
    }
}

/// The loop of one connection.
private struct StatementLoop: Sendable {
    let statement: Throughput.Statement
    let name: String?
    let rows: Int
    /// One statement in this many is timed; 0: none.
    let sampling: Int
    /// Different on each connection, so that first statements, which are prepared, weigh no more than others.
    let offset: Int
    let random: SplitMix64
    let stop: StopFlag

    /// How many statements were answered, and the samples in nanoseconds.
    nonisolated(nonsending) func run(on connection: PostgresConnection) async throws -> (Int, [Int64]) {
        var random = random
        var samples: [Int64] = []
        var count = 0
        while !stop.isSet {
            let timed = sampling > 0 && (count + offset) % sampling == 0
            let began = timed ? ContinuousClock.now : nil
            switch statement {
            case .select1:
                let result = try await connection.query("SELECT 1", named: name)
                guard try result.single().get(0, as: Int.self) == 1 else { throw WrongAnswer() }
            case .lookup:
                let key = Int.random(in: 1...rows, using: &random)
                let result = try await connection.query("SELECT balance FROM bench.account WHERE id = \(key)", named: name)
                guard try result.single().get(0, as: Int.self) == key &* 7 else { throw WrongAnswer() }
            }
            if let began { samples.append(Int64(began.duration(to: .now) / .nanoseconds(1))) }
            count += 1
        }
        return (count, samples)
    }
}
