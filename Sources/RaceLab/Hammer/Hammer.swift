import Foundation
import PQClient

/// Runs a scenario's operations from many clients in a closed loop, so that they collide, in a database of the run's own.
public struct Hammer: Sendable {
    public struct Options: Sendable {
        /// nil leaves it to the scenario.
        public var connections: Int?
        public var seconds: Double = 10
        public var seed: UInt64
        /// Where histories are written, as `<scenario>-<seed>.jsonl`.
        public var historyFolder: URL
        /// Reconnects when the server goes away during the run; operations that were waiting for an answer are recorded as unknown.
        public var surviveRestarts = false
        /// Has the server look for deadlocks after 50 ms; not for a load, whose latency must be that of an ordinary server.
        var shortensDeadlocks = true
        /// Keeps the databases for inspection.
        public var keep = false

        /// A database to copy instead of applying the steps again; nil for a new one.
        package var template: String?

        public init(seed: UInt64, historyFolder: URL) {
            self.seed = seed
            self.historyFolder = historyFolder
        }
    }

    public var options: Options
    private let databases: ScratchDatabases

    /// - Parameter server: a connection string of a role that may create databases.
    public init(server: String, options: Options) {
        self.options = options
        databases = ScratchDatabases(server: server, template: options.template)
    }

    /// Drops the databases that are left. Call it after the last scenario.
    public func finish() async throws {
        if !options.keep { try await databases.dropAll() }
    }

    /// Runs one scenario, from a new database to the verdict.
    public func run(
        _ scenario: Scenario, mutant: Scenario.Mutant? = nil, progress: RaceProgress = RaceProgress(), stop: StopFlag = StopFlag()
    ) async throws -> RaceReport {
        let duration = Duration.seconds(options.seconds)
        return try await run(scenario, mutant: mutant, progress: progress, stop: stop) {
            let deadline = ContinuousClock.now + duration
            return { try await $0.run(until: deadline) }
        }
    }

    /// What a client does from the first operation to the last.
    typealias Work = @Sendable (HammerClient) async throws -> HammerClient.Summary

    /// - Parameter begin: is called when all clients are connected; each of them runs what it returns.
    func run(
        _ scenario: Scenario, mutant: Scenario.Mutant?, progress: RaceProgress, stop: StopFlag, begin: @Sendable () -> Work
    ) async throws -> RaceReport {
        let scenario = scenario.filled(rows: scenario.rows)
        let database = try await databases.create()
        let report = await Result.async {
            try await hammer(scenario, mutant: mutant, conninfo: database.conninfo, progress: progress, stop: stop, begin: begin)
        }
        if !options.keep { try await databases.drop(database.name) }
        return try report.get()
    }

    private func hammer(
        _ scenario: Scenario, mutant: Scenario.Mutant?, conninfo: String, progress: RaceProgress, stop: StopFlag,
        begin: @Sendable () -> Work
    ) async throws -> RaceReport {
        guard !scenario.operations.isEmpty else {
            throw RaceError("\(scenario.name) has sessions and no operations to call: `race explore` explores it")
        }
        let path = try historyPath(scenario, mutant: mutant)
        let rowsBefore = try await withConnection(conninfo) { connection in
            if options.shortensDeadlocks { try await shortenDeadlocks(on: connection) }
            for script in scenario.setups { try await run(script, of: "setup", on: connection) }
            try await mutant?.apply(on: connection)
            return try await RowTotal(connection: connection).read()
        }
        let connections = options.connections ?? scenario.connections
        let plans = scenario.operations.enumerated().map {
            OperationPlan($0.element, index: $0.offset, rows: scenario.rows, connections: connections)
        }
        let setup = HammerClient.Setup(
            conninfo: conninfo, plans: plans, isolation: scenario.isolation, surviveRestarts: options.surviveRestarts, progress: progress,
            stop: stop)
        let outcome = try await clients(setup, count: connections, parts: path, begin: begin)
        try HistoryFiles.merge((0..<connections).map { Self.part(path, $0) }, into: path)
        var report = RaceReport(
            scenario: scenario.name, mutant: mutant?.name, seed: options.seed, connections: connections, seconds: outcome.seconds,
            interrupted: stop.isSet,
            operations: zip(scenario.operations, outcome.tallies).map { $1.report(name: $0.name, seconds: outcome.seconds) },
            failures: outcome.failures, reconnects: outcome.reconnects, history: path)
        let failure: RaceReport.Failure?
        var rowsAfter = rowsBefore
        (report.invariants, report.tallies, failure) = try await withConnection(conninfo) { connection in
            rowsAfter = try await RowTotal(connection: connection).readAfterOthers()
            let checker = InvariantChecker(connection: connection)
            try await checker.load(history: path)
            // Settling calls the functions too: an error there is a finding, and leaves nothing to judge.
            if let failure = try await settle(scenario, on: connection) { return ([], [], failure) }
            let verdict = (try await checker.invariants(of: scenario), try await checker.tallies(of: scenario))
            for script in scenario.teardowns { try await run(script, of: "teardown", on: connection) }
            return (verdict.0, verdict.1, nil)
        }
        if report.count > 0 { report.invariants += try RaceReport.checks(scenario.checks, history: path) }
        if let failure { report.failures.append(failure) }
        // A server that was killed has lost its statistics.
        if rowsAfter > rowsBefore || !options.surviveRestarts { report.rows = rowsAfter - rowsBefore }
        return report
    }

    /// Functions that deadlock should show it often instead of waiting a second each time. Only a superuser may set this.
    private func shortenDeadlocks(on connection: PostgresConnection) async throws {
        try await connection.execute(
            """
            DO $$
            BEGIN
                EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = %L', current_database(), '50ms');
            EXCEPTION WHEN insufficient_privilege THEN NULL;
            END $$
            """)
    }

    private struct Outcome {
        var tallies: [OperationTally]
        var failures: [RaceReport.Failure] = []
        var reconnects = 0
        var seconds: Double
    }

    private func clients(
        _ setup: HammerClient.Setup, count: Int, parts path: String, begin: @Sendable () -> Work
    ) async throws -> Outcome {
        var connections: [PostgresConnection] = []
        for _ in 0..<count { connections.append(try await HammerClient.connect(setup, on: nil)) }
        let started = ContinuousClock.now
        let work = begin()
        let seed = options.seed
        let summaries = try await withThrowingTaskGroup(of: HammerClient.Summary.self) { group in
            for (number, connection) in connections.enumerated() {
                group.addTask {
                    try await connection.run { connection in
                        let client = try HammerClient(
                            number: number, setup: setup, connection: connection, seed: seed, history: Self.part(path, number))
                        return try await work(client)
                    }
                }
            }
            var summaries: [HammerClient.Summary] = []
            do {
                for try await summary in group { summaries.append(summary) }
            } catch {
                // The other clients end at their next operation; an incomplete history is not judged.
                setup.stop.set()
                throw error
            }
            return summaries
        }
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        var outcome = Outcome(tallies: setup.plans.map { _ in OperationTally() }, seconds: elapsed)
        var failures: [RaceReport.Failure: Int] = [:]
        for summary in summaries {
            for index in outcome.tallies.indices { outcome.tallies[index].add(summary.tallies[index]) }
            failures.merge(summary.failures, uniquingKeysWith: +)
            outcome.reconnects += summary.reconnects
        }
        outcome.failures = failures.map { failure, count in
            var failure = failure
            failure.count = count
            return failure
        }.sorted { ($0.count, $0.message) > ($1.count, $1.message) }
        return outcome
    }

    private func settle(_ scenario: Scenario, on connection: PostgresConnection) async throws -> RaceReport.Failure? {
        for script in scenario.settles {
            do throws(PostgresError) {
                try await connection.execute(script)
            } catch {
                guard error.kind == .server else { throw error }
                // Class 42: the script itself is wrong, whatever the functions do.
                guard let state = error.sqlState, !state.hasPrefix("42") else { throw RaceError("settle failed: \(error)") }
                return .init(operation: "settle", sqlState: state, message: error.message)
            }
        }
        return nil
    }

    private func run(_ script: String, of part: String, on connection: PostgresConnection) async throws {
        do throws(PostgresError) {
            _ = try await connection.execute(script)
        } catch {
            guard error.kind == .server else { throw error }
            throw RaceError("\(part) failed: \(error)")
        }
    }

    /// Connects for the setup or the verdict; waits for a server that is recovering if the run is to survive that.
    private func withConnection<T: Sendable>(_ conninfo: String, _ body: (PostgresConnection) async throws -> T) async throws -> T {
        let giveUp = ContinuousClock.now + .seconds(options.surviveRestarts ? 60 : 0)
        while true {
            do {
                let connection = try await PostgresConnection.connect(conninfo, applicationName: "domainflow race")
                let result = await Result.async { try await body(connection) }
                await connection.close()
                return try result.get()
            } catch let error as PostgresError where error.kind != .server && ContinuousClock.now < giveUp {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func historyPath(_ scenario: Scenario, mutant: Scenario.Mutant?) throws -> String {
        try FileManager.default.createDirectory(at: options.historyFolder, withIntermediateDirectories: true)
        let name = ([scenario.name] + (mutant.map { [$0.name] } ?? [])).joined(separator: "-")
        let safe = String(name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : "-" })
        return options.historyFolder.appending(path: "\(safe)-\(options.seed).jsonl").path(percentEncoded: false)
    }

    private static func part(_ path: String, _ client: Int) -> String { "\(path).\(client)" }
}

extension Result where Failure == any Error {
    /// Catches an error, so that the caller can clean up before it throws.
    package static func async(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
