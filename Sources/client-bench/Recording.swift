import ArgumentParser
import DomainFlow
import PQClient
import RaceLab

/// Short transactions in a closed loop, with or without a metric of each: what recording costs is the difference.
struct Recording: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Transactions with and without recording their metrics.")

    @OptionGroup var server: ServerOption
    @Option var connections = 8
    @Option var seconds = 5.0
    @Flag(help: "Records a metric of every transaction, and writes them before the time is taken.") var record = false

    private struct Report: Encodable {
        var rate: Double
        var transactions: Int
        /// Transactions that the recorder has written, and those it has not counted.
        var written: Int
        var dropped: Int
    }

    func run() async throws {
        let group = EventThreadGroup(count: 2)
        let pool = PostgresPool(conninfo: server.url, maxConnections: 1, applicationName: "client-bench", eventThreads: group)
        let recorder = record ? TransactionRecorder(pool: pool, interval: .seconds(1)) : nil
        let open = try await connect(connections, to: server.url, on: group)
        let stop = StopFlag()
        let began = ContinuousClock.now
        let writer = Task { try await recorder?.run() }
        let loops = open.enumerated().map { index, connection in
            Task {
                try await connection.run { connection in
                    var random = SplitMix64(seed: 1, client: index)
                    let flow = DomainFlow(connection, recorder: recorder)
                    var count = 0
                    while !stop.isSet {
                        let key = Int.random(in: 1...100_000, using: &random)
                        try await flow.transaction(.init(name: "lookup")) { _ in
                            let row = try await connection.query("SELECT balance FROM bench.account WHERE id = \(key)", named: "lookup")
                            guard try row.single().get(0, as: Int.self) == key * 7 else { throw WrongAnswer() }
                        }
                        count += 1
                    }
                    return count
                }
            }
        }
        try await Task.sleep(for: .seconds(seconds))
        stop.set()
        var total = 0
        for loop in loops { total += try await loop.value }
        writer.cancel()
        try await writer.value
        let elapsed = began.duration(to: .now) / .seconds(1)
        for connection in open { await connection.close() }
        await pool.close()
        let statistics = recorder?.statistics
        try Report(
            rate: Double(total) / elapsed, transactions: total, written: statistics?.written ?? 0, dropped: statistics?.dropped ?? 0
        ).printJSON()
    }
}
