import ArgumentParser
import DevCluster
import PQClient
import RaceLab
import Synchronization

/// Makes transfers over connections that break at random moments, and afterwards checks what is in the database.
///
/// An operation whose transaction failed is retried, as an application would, or given up. In the end the table must hold the row of every
/// acknowledged operation exactly once, and no row of an operation that was reported as rolled back.
struct Faults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs transactions over connections that break at random moments.")

    @OptionGroup var server: ServerOption
    @Option(help: "Number of faults to inject.") var count = 1000
    @Option var workers = 32
    @Option var seed: UInt64 = 1
    @Option var transport = FaultProxy.Transport.unix

    private struct Report: Encodable {
        var faults: [String: Int]
        var operations: Int
        var attempts: Int
        var committed: Int
        var rolledBack: Int
        /// Attempts whose COMMIT was not answered, by the outcome that was found out.
        var resolvedCommitted: Int
        var resolvedRolledBack: Int
        /// Operations that ended without a known outcome.
        var unresolved: Int
        var appliedTwice: Int
        var acknowledgedMissing: Int
        /// Reported as rolled back, but present.
        var rolledBackPresent: Int
        var balanced: Bool
        var stuck: Int
        var seed: UInt64
    }

    func run() async throws {
        let seed = seed
        let plan = FaultPlan(seed: seed, limit: count)
        let proxy = try FaultProxy(server: server.url, transport: transport) { plan.decide($0) }
        defer { proxy.stop() }
        let direct = try await PostgresConnection.connect(server.url, applicationName: "client-bench")
        try await Ledger.create(on: direct, workers: workers)
        let ledger = Ledger()
        let pool = PostgresPool(
            conninfo: proxy.url + "&connect_timeout=2", maxConnections: workers, applicationName: "client-bench-faults")
        let tasks = (0..<workers).map { worker in
            Task {
                var random = SplitMix64(seed: seed, client: 1_000_000 + worker)
                while !plan.isOver { await ledger.operation(worker, pool, &random) }
            }
        }
        let stuck = await Watch(progress: { ledger.attempts }).wait(for: tasks)
        await pool.close()
        let found = try await Ledger.read(on: direct)
        await direct.close()
        let ends = ledger.ends
        try Report(
            faults: plan.injected, operations: ends.count, attempts: ledger.attempts,
            committed: ends.values.count(where: { $0 == .committed }), rolledBack: ends.values.count(where: { $0 == .rolledBack }),
            resolvedCommitted: ledger.resolvedCommitted.value, resolvedRolledBack: ledger.resolvedRolledBack.value,
            unresolved: ends.values.count(where: { $0 == .unknown }), appliedTwice: found.rows.values.count(where: { $0 > 1 }),
            acknowledgedMissing: ends.count(where: { $0.value == .committed && found.rows[$0.key] == nil }),
            rolledBackPresent: ends.count(where: { $0.value == .rolledBack && found.rows[$0.key] != nil }), balanced: found.balanced,
            stuck: stuck, seed: seed
        ).printJSON()
    }
}

extension FaultProxy.Transport: ExpressibleByArgument {}

/// Operations that insert one row into bench.ledger and add its amount to an account, and how each ended.
private final class Ledger: Sendable {
    enum End { case committed, rolledBack, unknown }

    private struct State {
        var ends: [Int: End] = [:]
        var next = 0
        var attempts = 0
    }

    private let state = Mutex(State())
    let resolvedCommitted = Counter()
    let resolvedRolledBack = Counter()

    var ends: [Int: End] { state.withLock { $0.ends } }
    var attempts: Int { state.withLock { $0.attempts } }

    static func create(on connection: PostgresConnection, workers: Int) async throws {
        // No unique constraint: an operation applied twice is to be seen, not refused.
        try await connection.execute(
            """
            CREATE SCHEMA IF NOT EXISTS bench;
            DROP TABLE IF EXISTS bench.ledger, bench.balance;
            CREATE TABLE bench.ledger (operation bigint NOT NULL, worker integer NOT NULL, amount bigint NOT NULL);
            CREATE TABLE bench.balance (worker integer PRIMARY KEY, amount bigint NOT NULL);
            INSERT INTO bench.balance SELECT i, 0 FROM generate_series(0, \(workers - 1)) AS i
            """)
    }

    func operation(_ worker: Int, _ pool: PostgresPool, _ random: inout SplitMix64) async {
        let operation = state.withLock { state in
            state.next += 1
            return state.next
        }
        let amount = Int(random.next() % 1000)
        var end = End.rolledBack
        repeat {
            state.withLock { $0.attempts += 1 }
            end = await attempt(operation, worker, amount, pool)
        } while end == .rolledBack && random.next() % 4 != 0
        state.withLock { $0.ends[operation] = end }
    }

    private func attempt(_ operation: Int, _ worker: Int, _ amount: Int, _ pool: PostgresPool) async -> End {
        let options = TransactionOptions(name: "transfer", timeout: .seconds(1))
        do {
            let last = try await pool.transaction(options) { connection in
                try await connection.query("INSERT INTO bench.ledger VALUES (\(operation), \(worker), \(amount))")
                try await connection.query("UPDATE bench.balance SET amount = amount + \(amount) WHERE worker = \(worker)")
                return connection
            }
            // Committed over a connection that is gone: the outcome was resolved over another one.
            if !last.isOpen { resolvedCommitted.add() }
            return .committed
        } catch let error as PostgresError where error.kind == .outcomeUnknown {
            return .unknown
        } catch {
            if (error as? PostgresError)?.message.contains("during COMMIT") == true { resolvedRolledBack.add() }
            return .rolledBack
        }
    }

    /// How often each operation is in the table, and whether the balances agree.
    static func read(on connection: PostgresConnection) async throws -> (rows: [Int: Int], balanced: Bool) {
        // A COMMIT may still be on its way, or a backend may not know yet that its client is gone.
        for _ in 0..<600 {
            let others = try await connection.query(
                "SELECT FROM pg_stat_activity WHERE application_name = 'client-bench-faults' AND pid <> pg_backend_pid()")
            if others.isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let rows = try await connection.query("SELECT operation, count(*) FROM bench.ledger GROUP BY operation")
        let wrong = try await connection.query(
            """
            SELECT b.worker FROM bench.balance AS b
             WHERE b.amount <> (SELECT COALESCE(sum(l.amount), 0) FROM bench.ledger AS l WHERE l.worker = b.worker)
            """)
        return (Dictionary(uniqueKeysWithValues: try rows.decode((Int, Int).self)), wrong.isEmpty)
    }
}
