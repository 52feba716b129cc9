import Foundation
import PQClient

/// Tries the orders in which sessions can take their statements, inside functions too, until one breaks a promise.
public struct Explorer: Sendable {
    public struct Options: Sendable {
        /// Databases that are explored in at once, each by a thread of its own.
        public var jobs = 2
        /// nil leaves it to the scenario, else 30; faults have a third of it.
        public var seconds: Double?
        public var schedules: Int?
        /// So many schedules are run even when all have been: a scenario may have few, and its functions much to hide.
        public var atLeast = 0
        /// Schedules with at most so many preemptions are run one by one; then come random ones. nil: as the scenario says, else 2.
        public var preemptions: Int?
        public var seed: UInt64
        /// The gate module for `LOAD`: a name or a path; nil looks for the one that is installed.
        public var gateModule: String?
        /// Without the module, triggers stop sessions before they write.
        public var usesTriggers = true
        /// Ends the server's first process with SIGKILL and starts it again; nil where the lab may not.
        public var crashServer: (@Sendable () throws -> Void)?

        public init(seed: UInt64) { self.seed = seed }
    }

    public var options: Options
    private let databases: ScratchDatabases

    /// - Parameter server: a connection string of a superuser, or of a role that may create databases if there are no gates.
    public init(server: String, options: Options) {
        self.options = options
        databases = ScratchDatabases(server: server)
    }

    /// Drops the databases that are left. Call it when the last scenario is done.
    public func finish() async throws { try await databases.dropAll() }

    /// Explores at the scenario's first isolation level: ``Scenario/atEachIsolation`` has one scenario for each.
    public func run(
        _ original: Scenario, mutant: Scenario.Mutant? = nil, progress: ExplorationProgress = ExplorationProgress(),
        stop: StopFlag = StopFlag()
    ) async throws -> ExplorationReport {
        try check(original)
        let scenario = original.filled(rows: original.rows)
        let seconds = options.seconds ?? original.bounds.seconds.map(Double.init) ?? 30
        var conninfos: [String] = []
        for _ in 0..<max(1, options.jobs) { conninfos.append(try await prepared(scenario, mutant: mutant)) }
        let gates = try await gates(conninfos)
        // Making the databases is no exploring.
        let start = ContinuousClock.now
        var report = try await explore(
            scenario, mutant: mutant, conninfos, gates, until: start + .seconds(scenario.faults.isEmpty ? seconds : seconds * 2 / 3),
            progress,
            stop)
        if let finding = report.finding, original.usesRows {
            report.finding = try await withFewerRows(finding, of: original, mutant: mutant, stop)
        }
        if report.held, !original.faults.isEmpty {
            try await inject(
                original.faults, into: &report, scenario, conninfos[0], gates, until: start + .seconds(seconds), progress, stop)
        }
        report.seconds = start.duration(to: .now) / .seconds(1)
        report.interrupted = stop.isSet
        return report
    }

    private func explore(
        _ scenario: Scenario, mutant: Scenario.Mutant?, _ conninfos: [String], _ gates: Gates, until deadline: ContinuousClock.Instant,
        _ progress: ExplorationProgress, _ stop: StopFlag
    ) async throws -> ExplorationReport {
        var report = ExplorationReport(scenario: scenario.name, mutant: mutant?.name, isolation: scenario.isolation, seed: options.seed)
        report.gates = gates
        let preemptions = options.preemptions ?? scenario.bounds.preemptions ?? 2
        let shared = ExplorationWorker.Shared(
            ScheduleSearch(twins: ScheduleSearch.twins(of: scenario), maxBound: preemptions, seed: options.seed, atLeast: options.atLeast),
            report: report,
            limit: options.schedules ?? scenario.bounds.schedules ?? .max, deadline: deadline, stop: stop)
        let found = try await withThrowingTaskGroup(of: RaceFinding?.self) { group in
            for (number, conninfo) in conninfos.enumerated() {
                group.addTask {
                    try await onOwnThread {
                        do {
                            let worker = try ExplorationWorker(scenario, conninfo: conninfo, gates: gates)
                            try worker.work(shared, progress: progress)
                            guard number == 0, let finding = shared.state.withLock({ $0.report.finding }) else { return nil }
                            progress.begin(.shrinking)
                            return try worker.shrink(finding, stop: stop)
                        } catch {
                            // The others end too: what one could not run was not explored.
                            shared.state.withLock { $0.failure = $0.failure ?? error }
                            throw error
                        }
                    }
                }
            }
            var found: RaceFinding?
            for try await finding in group { found = finding ?? found }
            return found
        }
        report = shared.state.withLock { state in
            var report = state.report
            report.finishedBound = state.search.finishedBound
            report.isExhaustive = report.finding == nil && state.search.isExhausted
            return report
        }
        // The first worker may have ended before another one found it.
        if let found { report.finding = found }
        return report
    }

    /// The same schedule with the fewest rows that still show it, tried from one row upwards by doubling.
    private func withFewerRows(
        _ finding: RaceFinding, of original: Scenario, mutant: Scenario.Mutant?, _ stop: StopFlag
    ) async throws -> RaceFinding {
        for rows in sequence(first: 1, next: { $0 * 2 }).prefix(while: { $0 < original.rows }) where !stop.isSet {
            let scenario = original.filled(rows: rows)
            // With too few rows the setup may fail, or nothing happen.
            if let conninfo = try? await prepared(scenario, mutant: mutant) {
                let gates = try await gates([conninfo])
                let found = try await onOwnThread { () -> RaceFinding? in
                    let worker = try ExplorationWorker(scenario, conninfo: conninfo, gates: gates)
                    let again = try? worker.run(.follow(finding.choices), leavingOut: finding.leftOut).finding
                    guard var again, again.violation == finding.violation else { return nil }
                    again.rows = rows
                    return try worker.repeated(again, finding.repetitions)
                }
                if let found { return found }
            }
        }
        var finding = finding
        finding.rows = original.rows
        return finding
    }

    private func inject(
        _ faults: [InjectedFault], into report: inout ExplorationReport, _ scenario: Scenario, _ conninfo: String, _ gates: Gates,
        until deadline: ContinuousClock.Instant, _ progress: ExplorationProgress, _ stop: StopFlag
    ) async throws {
        let crashServer = options.crashServer
        // A server that is not the lab's own is not ended.
        let faults = faults.filter { $0 != .serverKill || crashServer != nil }
        let coverage = try await onOwnThread {
            try ExplorationWorker(scenario, conninfo: conninfo, gates: gates, crashServer: crashServer)
                .injectFaults(faults, until: deadline, progress: progress, stop: stop)
        }
        report.injected = coverage.injected
        report.inconclusive += coverage.inconclusive
        report.isEveryBoundaryFaulted = coverage.isComplete
        report.finding = coverage.finding
    }

    /// Runs one schedule again, by the token that a finding prints.
    public func replay(_ token: String, of original: Scenario, mutant: Scenario.Mutant? = nil) async throws -> RaceFinding? {
        try check(original)
        guard let schedule = ScheduleToken(token) else { throw RaceError("'\(token)' is no token of a schedule") }
        let scenario = original.filled(rows: schedule.rows ?? original.rows)
        let conninfo = try await prepared(scenario, mutant: mutant)
        let gates = try await gates([conninfo])
        let crashServer = options.crashServer
        return try await onOwnThread {
            let worker = try ExplorationWorker(scenario, conninfo: conninfo, gates: gates, crashServer: crashServer)
            return try worker.run(.follow(schedule.choices), leavingOut: schedule.leftOut, injecting: schedule.injection).finding
        }
    }

    private func check(_ scenario: Scenario) throws {
        guard !scenario.sessions.isEmpty else { throw RaceError("\(scenario.name) has no sessions to explore: `race run` hammers it") }
        guard !scenario.invariants.isEmpty || !scenario.checks.isEmpty || scenario.expectation != .init() else {
            throw RaceError("\(scenario.name) promises nothing: it needs an invariant, a check or `expect serial`")
        }
        if !scenario.setups.isEmpty, scenario.resets.isEmpty, scenario.teardowns.isEmpty {
            throw RaceError("\(scenario.name) needs a reset { } or a teardown { }, to begin each schedule from the same state")
        }
    }

    /// A database with the scenario's setup done.
    private func prepared(_ scenario: Scenario, mutant: Scenario.Mutant?) async throws -> String {
        let database = try await databases.create()
        let connection = try await PostgresConnection.connect(database.conninfo, applicationName: "domainflow race")
        let done = await Result.async {
            // The data is nobody's: no schedule has to wait for the disk, unless the server is to crash.
            if !scenario.faults.contains(where: \.hitsEverybody) {
                try await connection.execute("ALTER DATABASE \(PostgresQuery.quoteIdentifier(database.name)) SET synchronous_commit = off")
            }
            for script in scenario.setups {
                do throws(PostgresError) { try await connection.execute(script) } catch { throw RaceError("setup failed: \(error)") }
            }
            try await mutant?.apply(on: connection)
        }
        await connection.close()
        try done.get()
        return database.conninfo
    }

    /// How fine the gates can be on this server; triggers are put on the tables if that is what there is.
    private func gates(_ conninfos: [String]) async throws -> Gates {
        let connection = try await PostgresConnection.connect(conninfos[0], applicationName: "domainflow race")
        let name = options.gateModule ?? "domainflow_gate"
        let outcome = await Result.async { try await connection.execute("LOAD \(PostgresQuery.quoteLiteral(name))") }
        await connection.close()
        switch outcome {
        case .success: return .statements(module: name)
        case .failure(let error) where options.gateModule != nil: throw RaceError("the gate module cannot be loaded: \(error)")
        case .failure: break
        }
        guard options.usesTriggers else { return .steps }
        return try await onOwnThread {
            let problems = try conninfos.compactMap { TriggerGates.install(on: try LabConnection($0, name: "control")) }
            return problems.isEmpty ? .writes : .steps
        }
    }
}
