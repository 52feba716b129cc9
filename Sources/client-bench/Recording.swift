import ArgumentParser
import DomainFlow
import PQClient
import RaceLab
import Synchronization

/// Runs short transactions in a closed loop, in turns with and without a metric of each: the difference is the cost of recording. One
/// process runs all turns, because two processes differ by more than that cost.
struct Recording: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs transactions with and without recording their metrics, in turns.")

    @OptionGroup var server: ServerOption
    @Option var connections = 8
    @Option(help: "Length of a turn in seconds. A turn that records writes its counts before it ends.") var turnSeconds = 1.0
    @Option(help: "Number of turns of each kind.") var turns = 4

    private struct Report: Encodable {
        /// Transactions a second with recording, and without.
        var rate: Double
        var plainRate: Double
        /// Transactions of the turns that record, those that the recorder wrote, and those that it did not count.
        var transactions: Int
        var written: Int
        var dropped: Int
    }

    func run() async throws {
        let group = EventThreadGroup(count: 2)
        let pool = PostgresPool(conninfo: server.url, maxConnections: 1, applicationName: "client-bench", eventThreads: group)
        // Written at the end of each turn, and not in between.
        let recorder = TransactionRecorder(pool: pool, interval: .seconds(3600))
        let open = try await connect(connections, to: server.url, on: group)
        let turn = Turn()
        let loops = open.enumerated().map { index, connection in
            Task {
                try await connection.run { connection in
                    var random = SplitMix64(seed: 1, client: index)
                    let plain = DomainFlowClient(connection)
                    let recording = DomainFlowClient(connection, recorder: recorder)
                    var counts = (plain: 0, recorded: 0)
                    while let records = turn.records {
                        let key = Int.random(in: 1...100_000, using: &random)
                        try await (records ? recording : plain).transaction(.init(name: "lookup")) { _ in
                            let row = try await connection.query("SELECT balance FROM bench.account WHERE id = \(key)", named: "lookup")
                            guard try row.single().get(0, as: Int.self) == key * 7 else { throw WrongAnswer() }
                        }
                        if records { counts.recorded += 1 } else { counts.plain += 1 }
                    }
                    return counts
                }
            }
        }
        var elapsed: [Bool: Duration] = [:]
        for number in 0..<turns * 2 {
            // on off off on: a drift over time affects both alike
            let records = number % 4 == 0 || number % 4 == 3
            turn.begin(records)
            let began = ContinuousClock.now
            try await Task.sleep(for: .seconds(turnSeconds))
            if records { try await recorder.flush() }
            elapsed[records, default: .zero] += began.duration(to: .now)
        }
        turn.end()
        var total = (plain: 0, recorded: 0)
        for loop in loops {
            let counts = try await loop.value
            total = (total.plain + counts.plain, total.recorded + counts.recorded)
        }
        // For transactions that were under way at the end of the last turn.
        try await recorder.flush()
        for connection in open { await connection.close() }
        await pool.close()
        try Report(
            rate: Double(total.recorded) / (elapsed[true]! / .seconds(1)), plainRate: Double(total.plain) / (elapsed[false]! / .seconds(1)),
            transactions: total.recorded, written: recorder.statistics.written, dropped: recorder.statistics.dropped
        ).printJSON()
    }
}

/// Whose turn it is.
private final class Turn: Sendable {
    private let state = Atomic<Int>(0)

    /// nil when all turns are over.
    var records: Bool? {
        switch state.load(ordering: .relaxed) {
        case 0: false
        case 1: true
        default: nil
        }
    }

    func begin(_ records: Bool) { state.store(records ? 1 : 0, ordering: .relaxed) }
    func end() { state.store(2, ordering: .relaxed) }
}
