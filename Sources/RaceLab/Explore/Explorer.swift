import Foundation
import PQClient

/// Explores the orders in which sessions can run their statements, including those inside functions, until one violates the scenario.
public struct Explorer: Sendable {
    public struct Options: Sendable {
        /// Number of databases to explore in parallel, each with a thread of its own.
        public var jobs = 2
        /// How long to explore; faults get the last third. nil leaves it to the scenario, which has 30 by default.
        public var seconds: Double?
        public var schedules: Int?
        /// The least number of schedules to run, random ones when no other is left: a scenario may have few, and its functions many.
        public var atLeast = 0
        /// Enumerates every schedule with up to this many preemptions; random ones follow. nil leaves it to the scenario, which has 2 by
        /// default.
        public var preemptions: Int?
        public var seed: UInt64
        /// The gate module for `LOAD`: a name or a path; nil looks for an installed one.
        public var gateModule: String?
        /// Without the module, triggers stop sessions before they write.
        public var usesTriggers = true
        /// Makes a finding smaller and repeats it; otherwise it is reported as the first schedule showed it.
        public var shrinks = true
        /// Ends the server's first process with SIGKILL and starts it again; nil where the lab may not do that.
        public var crashServer: (@Sendable () throws -> Void)?

        /// A database to copy instead of applying the steps again; nil for a new one.
        package var template: String?

        public init(seed: UInt64) { self.seed = seed }
    }

    public var options: Options
    private let databases: ScratchDatabases

    /// - Parameter server: a connection string of a superuser; without gates, of a role that may create databases.
    public init(server: String, options: Options) {
        self.options = options
        databases = ScratchDatabases(server: server, template: options.template)
    }

    /// Drops the databases that are left. Call it after the last scenario.
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
        // The time to create databases does not count.
        let start = ContinuousClock.now
        var report = try await explore(
            scenario, mutant: mutant, conninfos, gates, until: start + .seconds(scenario.faults.isEmpty ? seconds : seconds * 2 / 3),
            progress, stop)
        if options.shrinks, let finding = report.finding, original.usesRows {
            report.finding = try await withFewerRows(finding, of: original, mutant: mutant, stop)
        }
        if report.held, !original.faults.isEmpty {
            try await inject(
                original.faults, into: &report, scenario, conninfos[0], gates, until: start + .seconds(seconds), progress, stop)
        }
        report.opaque = try await opaqueFunctions(conninfos[0])
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
            report: report, limit: options.schedules ?? scenario.bounds.schedules ?? .max, deadline: deadline, stop: stop)
        let shrinks = options.shrinks
        let found = try await withThrowingTaskGroup(of: RaceFinding?.self) { group in
            for (number, conninfo) in conninfos.enumerated() {
                group.addTask {
                    try await onOwnThread {
                        do {
                            let worker = try ExplorationWorker(scenario, conninfo: conninfo, gates: gates)
                            try worker.work(shared, progress: progress)
                            guard number == 0, shrinks, let finding = shared.state.withLock({ $0.report.finding }) else { return nil }
                            progress.begin(.shrinking)
                            return try worker.shrink(finding, stop: stop)
                        } catch {
                            // The other workers end too: a schedule that one could not run has not been explored.
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
        // Only the first worker makes the finding smaller, whichever worker found it.
        if let found { report.finding = found }
        return report
    }

    /// The same schedule with the fewest rows that still show it, tried from one row upwards by doubling.
    private func withFewerRows(
        _ finding: RaceFinding, of original: Scenario, mutant: Scenario.Mutant?, _ stop: StopFlag
    ) async throws -> RaceFinding {
        for rows in sequence(first: 1, next: { $0 * 2 }).prefix(while: { $0 < original.rows }) where !stop.isSet {
            let scenario = original.filled(rows: rows)
            // With too few rows the setup may fail or nothing may happen.
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
        let (crashServer, repeats) = (options.crashServer, options.shrinks)
        // The lab ends only a server of its own.
        let faults = faults.filter { $0 != .serverKill || crashServer != nil }
        let coverage = try await onOwnThread {
            try ExplorationWorker(scenario, conninfo: conninfo, gates: gates, crashServer: crashServer)
                .injectFaults(faults, until: deadline, repeating: repeats, progress: progress, stop: stop)
        }
        report.injected = coverage.injected
        report.inconclusive += coverage.inconclusive
        report.isEveryBoundaryFaulted = coverage.isComplete
        report.finding = coverage.finding
    }

    /// Runs one schedule again, given the token of a finding. Throws a ``RaceError`` if it was not carried out to its end.
    public func replay(_ token: String, of original: Scenario, mutant: Scenario.Mutant? = nil) async throws -> RaceFinding? {
        try check(original)
        func refused(_ why: String) -> RaceError { RaceError("the token '\(token)' cannot be replayed: \(why)", hint: ScheduleToken.hint) }
        guard let schedule = ScheduleToken(token) else { throw refused("it is not a token of a schedule") }
        if let problem = schedule.problem(in: original) { throw refused(problem) }
        if options.gateModule != nil, schedule.gates != Gates.statementsName {
            throw refused("'+\(schedule.gates)' says that sessions stop elsewhere than at the gate module: leave out the module")
        }
        let scenario = original.filled(rows: schedule.rows ?? original.rows)
        let conninfo = try await prepared(scenario, mutant: mutant)
        let gates = try await gates([conninfo], wanted: schedule.gates)
        guard gates.name == schedule.gates else {
            throw refused("'+\(schedule.gates)': on this server sessions can stop only at \(gates.name)")
        }
        let crashServer = options.crashServer
        let (execution, finding) = try await onOwnThread {
            let worker = try ExplorationWorker(scenario, conninfo: conninfo, gates: gates, crashServer: crashServer)
            return try worker.run(.follow(schedule.choices), leavingOut: schedule.leftOut, injecting: schedule.injection)
        }
        if let deviation = schedule.deviation(of: execution) { throw refused(deviation) }
        if let reason = execution.inconclusive { throw RaceError("the schedule '\(token)' has no verdict: \(reason)") }
        return finding
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

    /// Creates a database and runs the scenario's setup in it.
    private func prepared(_ scenario: Scenario, mutant: Scenario.Mutant?) async throws -> String {
        let database = try await databases.create()
        let connection = try await PostgresConnection.connect(database.conninfo, applicationName: "domainflow race")
        let done = await Result.async {
            // Nobody needs this data later: no schedule has to wait for the disk, unless the server is to crash.
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

    /// Finds out where sessions can be stopped on this server, and puts triggers on the tables if they are needed.
    ///
    /// - Parameter wanted: the gates with which a schedule was found, by ``Gates/name``; nil takes the finest.
    private func gates(_ conninfos: [String], wanted: String? = nil) async throws -> Gates {
        if wanted == Gates.steps.name { return .steps }
        if wanted == Gates.writes.name { return try await triggerGates(conninfos) }
        let connection = try await PostgresConnection.connect(conninfos[0], applicationName: "domainflow race")
        let name = options.gateModule ?? "domainflow_gate"
        let outcome = await Result.async { try await connection.execute("LOAD \(PostgresQuery.quoteLiteral(name))") }
        await connection.close()
        switch outcome {
        case .success: return .statements(module: name)
        case .failure(let error) where options.gateModule != nil:
            throw RaceError(
                "the gate module cannot be loaded: \(error)",
                hint: "The server opens the file as its own user; `extension/gate/build.sh FOLDER PG_CONFIG` builds it for that server.")
        case .failure(let error) where wanted != nil:
            throw RaceError(
                "the schedule stops sessions before statements, which needs the gate module: \(error)",
                hint: "Install it with `sudo make install`, or name one that `extension/gate/build.sh FOLDER PG_CONFIG` built with --gate.")
        case .failure: break
        }
        return options.usesTriggers ? try await triggerGates(conninfos) : .steps
    }

    /// Functions whose statements have no stop, because of their language. Extensions are not looked into.
    private func opaqueFunctions(_ conninfo: String) async throws -> [String] {
        let connection = try await PostgresConnection.connect(conninfo, applicationName: "domainflow race")
        let found = await Result.async {
            try await connection.query(
                """
                SELECT p.oid::pg_catalog.regprocedure || ' (' || l.lanname || ')'
                  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
                 WHERE l.lanname NOT IN ('internal', 'c', 'sql', 'plpgsql')
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
                 ORDER BY 1
                """
            ).compactMap { $0.text(0) }
        }
        await connection.close()
        return try found.get()
    }

    private func triggerGates(_ conninfos: [String]) async throws -> Gates {
        try await onOwnThread {
            let problems = try conninfos.compactMap { TriggerGates.install(on: try LabConnection($0, name: "control")) }
            return problems.isEmpty ? .writes : .steps
        }
    }
}
