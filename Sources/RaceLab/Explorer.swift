import Foundation
import PQClient

/// Tries the orders in which sessions can take their statements, inside functions too, until one breaks a promise.
public struct Explorer: Sendable {
    public struct Options: Sendable {
        /// Databases that are explored in at once, each by a thread of its own.
        public var jobs = 2
        public var seconds: Double = 30
        public var schedules = Int.max
        /// So many schedules are run even when all have been: a scenario may have few, and its functions much to hide.
        public var atLeast = 0
        /// Schedules with at most so many preemptions are run one by one; then come random ones.
        public var preemptions = 2
        public var seed: UInt64
        /// The gate module for `LOAD`: a name or a path; nil looks for the one that is installed.
        public var gateModule: String?

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

    public func run(
        _ scenario: Scenario, mutant: Scenario.Mutant? = nil, progress: ExplorationProgress = ExplorationProgress(),
        stop: StopFlag = StopFlag()
    ) async throws -> ExplorationReport {
        try check(scenario)
        let jobs = max(1, options.jobs)
        var conninfos: [String] = []
        for _ in 0..<jobs { conninfos.append(try await prepared(scenario, mutant: mutant)) }
        let module = try await gateModule(conninfos[0])
        var report = ExplorationReport(scenario: scenario.name, mutant: mutant?.name, seed: options.seed)
        report.usesGates = module != nil
        let start = ContinuousClock.now
        let shared = SharedSearch(
            ScheduleSearch(twins: Self.twins(scenario), maxBound: options.preemptions, seed: options.seed, atLeast: options.atLeast),
            report: report,
            limit: options.schedules, deadline: start + .seconds(options.seconds), stop: stop)
        let found = try await withThrowingTaskGroup(of: Finding?.self) { group in
            for (number, conninfo) in conninfos.enumerated() {
                group.addTask {
                    try await onOwnThread {
                        do {
                            let worker = try ExplorationWorker(scenario, conninfo: conninfo, gateModule: module)
                            try worker.work(shared, progress: progress)
                            guard number == 0, let finding = shared.state.withLock({ $0.report.finding }) else { return nil }
                            return try worker.shrink(finding, stop: stop)
                        } catch {
                            // The others end too: what one could not run was not explored.
                            shared.state.withLock { $0.failure = $0.failure ?? error }
                            throw error
                        }
                    }
                }
            }
            var found: Finding?
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
        report.seconds = start.duration(to: .now) / .seconds(1)
        report.interrupted = stop.isSet
        return report
    }

    /// Runs one schedule again, by the token that a finding prints.
    public func replay(_ token: String, of scenario: Scenario, mutant: Scenario.Mutant? = nil) async throws -> Finding? {
        try check(scenario)
        guard let (choices, leftOut) = Finding.parse(token: token) else { throw RaceError("'\(token)' is no token of a schedule") }
        let conninfo = try await prepared(scenario, mutant: mutant)
        let module = try await gateModule(conninfo)
        return try await onOwnThread {
            let worker = try ExplorationWorker(scenario, conninfo: conninfo, gateModule: module)
            return try worker.run(.follow(choices), leavingOut: leftOut).finding
        }
    }

    private func check(_ scenario: Scenario) throws {
        guard !scenario.sessions.isEmpty else { throw RaceError("\(scenario.name) has no sessions to explore: `race run` hammers it") }
        guard !scenario.invariants.isEmpty || scenario.expectation != .init() else {
            throw RaceError("\(scenario.name) promises nothing: it needs an invariant or `expect serial`")
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
            // The data is nobody's: no schedule has to wait for the disk.
            try await connection.execute("ALTER DATABASE \(PostgresQuery.quoteIdentifier(database.name)) SET synchronous_commit = off")
            for script in scenario.setups {
                do throws(PostgresError) { try await connection.execute(script) } catch { throw RaceError("setup failed: \(error)") }
            }
            try await mutant?.apply(on: connection)
        }
        await connection.close()
        try done.get()
        return database.conninfo
    }

    /// The module to load, nil when there is none: then sessions stop between steps only.
    private func gateModule(_ conninfo: String) async throws -> String? {
        let connection = try await PostgresConnection.connect(conninfo, applicationName: "domainflow race")
        let name = options.gateModule ?? "domainflow_gate"
        let outcome = await Result.async { try await connection.execute("LOAD '\(name.replacing("'", with: "''"))'") }
        await connection.close()
        switch outcome {
        case .success: return name
        case .failure(let error) where options.gateModule != nil: throw RaceError("the gate module cannot be loaded: \(error)")
        case .failure: return nil
        }
    }

    /// Sessions that are copies of one are the same unless a step says `:session`.
    private static func twins(_ scenario: Scenario) -> [Int] {
        scenario.sessions.indices.map { number in
            let session = scenario.sessions[number]
            return scenario.sessions.firstIndex {
                $0.setup == session.setup && $0.teardown == session.teardown && $0.steps.map(\.sql) == session.steps.map(\.sql)
            } ?? number
        }
    }
}
