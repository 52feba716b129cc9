import PQClient

/// One client of a run: performs a scenario's operations one after the other until it is told to stop, and records each.
///
/// It runs on its connection's event thread from beginning to end, because a change of thread costs more than a short statement. Its
/// methods run wherever their caller does, so that none of them has to switch to the thread again.
final class HammerClient {
    struct Setup: Sendable {
        var conninfo: String
        var plans: [OperationPlan]
        var isolation: String?
        var surviveRestarts: Bool
        var progress: RaceProgress
        var stop: StopFlag
    }

    /// The results of a client that is done.
    struct Summary {
        var tallies: [OperationTally]
        var failures: [RaceReport.Failure: Int] = [:]
        var reconnects = 0
    }

    let number: Int
    let setup: Setup
    private(set) var connection: PostgresConnection
    // Unchecked: only one task uses them, several times in each operation.
    @exclusivity(unchecked) private var generator: SplitMix64
    @exclusivity(unchecked) private var history: HistoryWriter
    @exclusivity(unchecked) private var captured: [String: [CapturedRow]] = [:]
    private var sequence = 0
    @exclusivity(unchecked) private var summary: Summary

    /// The most rows of one list that a client keeps; it drops the oldest first.
    private static let keep = 256
    /// The most attempts at an operation that ends in serialization failures or deadlocks.
    private static let attempts = 100
    /// How long a client waits for a server that is recovering.
    private static let patience = Duration.seconds(60)

    init(number: Int, setup: Setup, connection: PostgresConnection, seed: UInt64, history path: String) throws {
        self.number = number
        self.setup = setup
        self.connection = connection
        generator = SplitMix64(seed: seed, client: number)
        history = try HistoryWriter(path: path)
        summary = Summary(tallies: setup.plans.map { _ in OperationTally() })
    }

    /// Connects with the settings of a client.
    static func connect(_ setup: Setup, on thread: EventThread?) async throws(PostgresError) -> PostgresConnection {
        let connection = try await PostgresConnection.connect(setup.conninfo, applicationName: "domainflow race client", on: thread)
        // A client that waits for ever would leave the run without a result: the timeout makes that a failure.
        var settings = "SET statement_timeout = '30s'; SET client_min_messages = error;"
        if let isolation = setup.isolation { settings += "SET default_transaction_isolation = '\(isolation)';" }
        _ = try await connection.execute(settings)
        return connection
    }

    nonisolated(nonsending) func run(until deadline: ContinuousClock.Instant) async throws -> Summary {
        while ContinuousClock.now < deadline, !setup.stop.isSet {
            guard let index = choose() else {
                try await Task.sleep(for: .milliseconds(1))
                continue
            }
            _ = try await perform(index)
        }
        return try await finish()
    }

    nonisolated(nonsending) func finish() async throws -> Summary {
        await connection.close()
        try history.flush()
        return summary
    }

    /// Chooses by weight among the operations that are possible now: one on captured rows needs such a row.
    func choose() -> Int? {
        func weight(_ plan: OperationPlan) -> Int {
            if let clients = plan.operation.clients, number >= clients { return 0 }
            if let input = plan.operation.input, captured[input.list]?.isEmpty != false { return 0 }
            return plan.operation.weight
        }
        let total = setup.plans.reduce(0) { $0 + weight($1) }
        guard total > 0 else { return nil }
        var left = Int.random(in: 0..<total, using: &generator)
        for (index, plan) in setup.plans.enumerated() {
            left -= weight(plan)
            if left < 0 { return index }
        }
        return nil
    }

    private func input(of operation: Scenario.Operation) -> [CapturedRow] {
        guard let input = operation.input, var rows = captured[input.list] else { return [] }
        var chosen: [CapturedRow] = []
        for _ in 0..<min(input.limit ?? 1, rows.count) {
            let index = Int.random(in: rows.indices, using: &generator)
            chosen.append(rows[index])
            rows.swapAt(index, rows.count - 1)
            rows.removeLast()
        }
        if input.takes { captured[input.list] = rows }
        return chosen
    }

    private func keep(_ rows: [CapturedRow], in list: String?) {
        guard let list, !rows.isEmpty else { return }
        captured[list, default: []] += rows
        let excess = captured[list]!.count - Self.keep
        if excess > 0 { captured[list]!.removeFirst(excess) }
    }

    /// One operation as its caller sees it.
    struct Performed {
        var startedNanoseconds, endedNanoseconds: UInt64
        /// It ended in an error that the operation does not expect.
        var failed: Bool
    }

    nonisolated(nonsending) func perform(_ index: Int) async throws -> Performed {
        let plan = setup.plans[index]
        let input = input(of: plan.operation)
        var record = HistoryRecord(client: number, sequence: sequence, operation: plan.operation.name)
        let values: [String?]
        do throws(OperationPlan.MissingColumn) {
            values = try plan.values(client: number, sequence: sequence, input: input, &generator)
        } catch {
            throw RaceError(error.message)
        }
        for (slot, value) in zip(plan.slots, values) {
            if let name = slot.recordedAs { record.arguments.append((name, value)) }
        }
        sequence += 1
        record.startedNanoseconds = monotonicNanoseconds()
        let error = await attempt(plan, values, &record)
        record.endedNanoseconds = monotonicNanoseconds()
        let failed = try await settle(index, error, input, &record)
        return Performed(startedNanoseconds: record.startedNanoseconds, endedNanoseconds: record.endedNanoseconds, failed: failed)
    }

    /// Tries an operation until another attempt would not change its answer.
    private nonisolated(nonsending) func attempt(_ plan: OperationPlan, _ values: [String?], _ record: inout HistoryRecord) async
        -> PostgresError?
    {
        while true {
            do throws(PostgresError) {
                record.results = try await answer(plan, values)
                return nil
            } catch {
                if isLost(error) { return error }
                if plan.statements.count > 1 {
                    do { _ = try await connection.execute("ROLLBACK") } catch { return error }
                }
                guard error.isRetryable, record.retried.count < Self.attempts else { return error }
                record.retried.append(error.sqlState ?? "")
                if error.sqlState == "40P01" {
                    record.deadlocks.append([error.detail, error.context].compactMap { $0 }.joined(separator: "\n"))
                }
                // Full jitter, so that the same clients do not meet again.
                let microseconds = UInt64.random(in: 0...(100 << UInt64(min(record.retried.count, 8))))
                try? await Task.sleep(for: .microseconds(microseconds))
            }
        }
    }

    private nonisolated(nonsending) func answer(_ plan: OperationPlan, _ values: [String?]) async throws(PostgresError) -> [ResultRows] {
        var results: [ResultRows] = []
        for statement in plan.statements {
            let binds = statement.slots.map { slot in values[slot].map { PostgresValue.text($0) } ?? .null }
            let result = try await connection.query(PostgresQuery(statement.sql, binds), named: statement.name)
            if statement.isCommit, result.commandTag == "ROLLBACK" {
                throw PostgresError(.server, "COMMIT answered ROLLBACK", sqlState: "25P02")
            }
            guard result.rowCount > 0 else { continue }
            let columns = result.columns
            guard !columns.isEmpty else { continue }
            results.append(
                ResultRows(columns: columns, rows: result.map { row in columns.indices.map { row.text($0) } }))
        }
        return results
    }

    /// Whether the answer was lost with the connection. A server that goes down may say so (57P0x) after it has committed.
    private func isLost(_ error: PostgresError) -> Bool {
        switch error.kind {
        case .connection, .outcomeUnknown, .protocolViolation, .timeout: true
        default: error.sqlState.map { $0.hasPrefix("57P0") || $0.hasPrefix("08") } ?? false
        }
    }

    /// Records and counts the operation, keeps its rows, and reconnects if the connection is gone. True if the operation failed.
    private nonisolated(nonsending) func settle(
        _ index: Int, _ error: PostgresError?, _ input: [CapturedRow], _ record: inout HistoryRecord
    ) async throws -> Bool {
        let plan = setup.plans[index]
        let lost = error.map(isLost) ?? false
        if let error {
            record.outcome = lost ? .unknown : .error
            record.sqlState = error.sqlState
            record.message = error.message
        }
        try history.append(record)
        let refused = error.map { plan.operation.expected.contains($0.sqlState ?? "") } ?? record.saysNo
        summary.tallies[index].record(nanoseconds: record.endedNanoseconds - record.startedNanoseconds)
        summary.tallies[index].retries += record.retried.count
        if refused { summary.tallies[index].conflicts += 1 }
        if error == nil { summary.tallies[index].note(record.results) }
        if lost { summary.tallies[index].unknown += 1 }
        setup.progress.answer(retries: record.retried.count, conflict: refused)
        keep(input, in: plan.operation.into)
        if error == nil {
            for result in record.results where plan.operation.capture != nil {
                keep(result.rows.map { CapturedRow(columns: result.columns, values: $0) }, in: plan.operation.capture)
            }
        }
        guard let error, !refused else { return false }
        if lost {
            guard setup.surviveRestarts else { throw error }
            try await reconnect(after: error)
        } else {
            summary.failures[.init(operation: plan.operation.name, sqlState: error.sqlState, message: error.message), default: 0] += 1
        }
        return true
    }

    private nonisolated(nonsending) func reconnect(after error: PostgresError) async throws {
        let thread = connection.eventThread
        await connection.close()
        let giveUp = ContinuousClock.now + Self.patience
        var pause = Duration.milliseconds(20)
        while true {
            do throws(PostgresError) {
                connection = try await Self.connect(setup, on: thread)
                summary.reconnects += 1
                return
            } catch {
                guard ContinuousClock.now < giveUp else { throw error }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
        }
    }
}

extension HistoryRecord {
    /// A first row whose column `success` is false means that the function refused, as its contract says.
    fileprivate var saysNo: Bool {
        guard let first = results.first, let column = first.columns.firstIndex(of: "success") else { return false }
        return first.rows.first?[column] == "f"
    }
}
