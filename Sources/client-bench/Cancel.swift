import ArgumentParser
import PQClient
import RaceLab
import Synchronization

/// Cancels tasks at random moments: before their statement is sent, while it runs and after it was answered. Reports whether a cancel
/// request ever hits anything else.
struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Cancels statements at random moments over a pool.")

    @OptionGroup var server: ServerOption
    @Option var count = 100_000
    @Option var connections = 16
    @Option(help: "Concurrent tasks; more than connections, so that some wait for a lease.") var workers = 24
    @Option var seed: UInt64 = 1

    private struct Report: Encodable {
        var cancellations: Int
        var cancelled: Int
        var answered: Int
        /// Statements that were hit although they had not been cancelled.
        var stray: Int
        var otherErrors: Int
        var connectionsSeen: Int
        var poolSize: Int
        var poolIdle: Int
        var stuck: Int
        var seed: UInt64
        var firstError: String?
    }

    func run() async throws {
        let pool = PostgresPool(conninfo: server.url, maxConnections: connections, applicationName: "client-bench")
        let tally = CancelTally()
        let turn = Counter()
        let (count, workers, seed) = (count, workers, seed)
        let tasks = (0..<workers).map { worker in
            Task {
                var random = SplitMix64(seed: seed, client: worker)
                while turn.add() <= count {
                    await CancelRound(pool: pool, tally: tally).run(using: &random)
                }
            }
        }
        let stuck = await Watch(progress: { tally.rounds }).wait(for: tasks)
        let statistics = pool.statistics
        let sum = tally.sum
        try Report(
            cancellations: sum.rounds, cancelled: sum.cancelled, answered: sum.answered, stray: sum.stray, otherErrors: sum.other,
            connectionsSeen: sum.pids.count, poolSize: statistics.size, poolIdle: statistics.idle, stuck: stuck, seed: seed,
            firstError: sum.firstError
        ).printJSON()
    }
}

/// Counts how the cancelled tasks ended, and what else happened.
private final class CancelTally: Sendable {
    struct Sum {
        var rounds = 0, cancelled = 0, answered = 0, stray = 0, other = 0
        var pids: Set<Int32> = []
        var firstError: String?
    }

    private let state = Mutex(Sum())

    var sum: Sum { state.withLock { $0 } }
    var rounds: Int { state.withLock { $0.rounds } }

    func note(_ change: (inout Sum) -> Void) { state.withLock { change(&$0) } }

    /// The outcome of a cancelled task: success and cancellation are both correct.
    func note(_ outcome: Result<Void, any Error>) {
        note {
            $0.rounds += 1
            switch outcome {
            case .success: $0.answered += 1
            case .failure(let error as PostgresError) where error.kind == .cancelled: $0.cancelled += 1
            case .failure(let error):
                $0.other += 1
                $0.firstError = $0.firstError ?? "\(error)"
            }
        }
    }
}

/// One cancellation, and the statements that must come through unharmed.
private struct CancelRound {
    let pool: PostgresPool
    let tally: CancelTally

    func run(using random: inout SplitMix64) async {
        let statement = victim(&random)
        if random.next() % 2 == 0 {
            // The lease goes on: the next statement of the same connection, sent before or after the cancellation.
            let queued = random.next() % 2 == 0
            let pause = self.pause(&random)
            await check {
                try await pool.withConnection { connection in
                    tally.note { $0.pids.insert(connection.backendPID) }
                    let task = Task { _ = try await connection.query(statement) }
                    let behind = queued ? Task { try await self.probe(connection) } : nil
                    await pause.wait()
                    task.cancel()
                    if let behind { try await behind.value }
                    tally.note(await task.result)
                    try await self.probe(connection)
                }
            }
        } else {
            // The lease ends with the task: the next one to borrow the connection.
            let task = Task { [pool] in
                try await pool.withConnection { connection in
                    _ = try await connection.query(statement)
                }
            }
            await pause(&random).wait()
            task.cancel()
            tally.note(await task.result)
            await check { try await pool.withConnection { try await self.probe($0) } }
        }
    }

    /// Statements that take from nothing to a few milliseconds, and one that never ends by itself.
    private func victim(_ random: inout SplitMix64) -> PostgresQuery {
        switch random.next() % 8 {
        case 0, 1: "SELECT 1"
        case 2, 3: "SELECT sum(i) FROM generate_series(1, 3000) AS i"
        case 4, 5, 6: "SELECT pg_sleep(\(Double(random.next() % 3000) / 1_000_000)::float8)"
        default: "SELECT pg_sleep(3600)"
        }
    }

    private enum Pause {
        case yields(Int)
        case sleep(Duration)

        func wait() async {
            switch self {
            case .yields(let count): for _ in 0..<count { await Task.yield() }
            case .sleep(let duration): try? await Task.sleep(for: duration)
            }
        }
    }

    private func pause(_ random: inout SplitMix64) -> Pause {
        random.next() % 2 == 0 ? .yields(Int(random.next() % 20)) : .sleep(.microseconds(Int(random.next() % 3000)))
    }

    private func probe(_ connection: PostgresConnection) async throws {
        let number = Int.random(in: 0...1_000_000)
        let answer: Int = try await connection.query("SELECT \(number)::bigint").single().get(0)
        guard answer == number else { throw WrongAnswer() }
    }

    /// Runs statements that were not cancelled.
    private func check(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            let hit = (error as? PostgresError).map { $0.kind == .cancelled || $0.sqlState == "57014" } ?? false
            tally.note {
                if hit { $0.stray += 1 } else { $0.other += 1 }
                $0.firstError = $0.firstError ?? "\(error)"
            }
        }
    }
}
