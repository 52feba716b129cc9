import Foundation
import PQClient
import Synchronization

/// Runs schedules in a database of its own, with sessions of its own, on one thread: takes each from the search, has it judged, and makes
/// a finding smaller.
final class ExplorationWorker {
    let scenario: Scenario
    private let runner: ScheduleRunner
    private var judge: ScheduleJudge
    /// The most decisions that a schedule has had.
    private var length = 8
    private var countsRows = false
    /// By the schedules that were counted since the last report.
    private var rowsWritten = 0
    /// The outcomes of all serial orders without some steps, by these steps.
    private var serialOutcomes: [Set<Scenario.StepPlace>: Set<ScheduleJudge.Outcome>] = [:]

    /// - Parameter crashServer: ends the server's first process with SIGKILL and starts it again.
    init(_ scenario: Scenario, conninfo: String, gates: Gates, crashServer: (() throws -> Void)? = nil) throws {
        self.scenario = scenario
        runner = try ScheduleRunner(scenario, conninfo: conninfo, gates: gates)
        runner.crashServer = crashServer
        judge = try ScheduleJudge(scenario, control: runner.control, gates: gates)
    }

    /// What the workers of one exploration share: the search, what the serial orders led to, and the report.
    final class Shared: Sendable {
        struct State {
            var search: ScheduleSearch
            /// Complete when the first bound is done.
            var serial: Set<ScheduleJudge.Outcome> = []
            /// What the first schedule led to.
            var first: ScheduleJudge.Outcome?
            var report: ExplorationReport
            var failure: (any Error)?
        }

        let state: Mutex<State>
        private let limit: Int
        private let deadline: ContinuousClock.Instant
        private let stop: StopFlag

        init(_ search: ScheduleSearch, report: ExplorationReport, limit: Int, deadline: ContinuousClock.Instant, stop: StopFlag) {
            state = Mutex(State(search: search, report: report))
            self.limit = limit
            self.deadline = deadline
            self.stop = stop
        }

        var isOver: Bool {
            stop.isSet || ContinuousClock.now > deadline
                || state.withLock { $0.report.finding != nil || $0.failure != nil || $0.report.schedules >= limit }
        }
    }

    /// Runs schedules from the search until it is over: nothing is left to run, a finding or an error has come, or time is up.
    func work(_ shared: Shared, progress: ExplorationProgress) throws {
        while !shared.isOver {
            switch shared.state.withLock({ $0.search.next() }) {
            case .done: return
            case .wait: usleep(100)
            case .run(let plan, let phase):
                countsRows = phase == .bound(0) || shared.state.withLock { $0.report.exercise.rows == 0 }
                let (execution, finding) = try run(plan) { outcome in
                    shared.state.withLock { state in
                        if phase == .bound(0) { state.serial.insert(outcome) }
                        state.first = state.first ?? outcome
                        if outcome != state.first { state.report.exercise.differs = true }
                        return state.serial
                    }
                }
                progress.count()
                progress.begin(.schedules(phase))
                shared.state.withLock { state in
                    state.search.finished(plan, execution.decisions)
                    state.report.add(execution, phase)
                    state.report.exercise.rows += rowsWritten
                    rowsWritten = 0
                    if let finding, state.report.finding == nil { state.report.finding = finding }
                }
            }
        }
    }

    /// Runs one schedule and has it judged.
    ///
    /// - Parameter serial: is told the outcome and answers with those of the serial orders of all steps; without it, they are run when they
    ///   are needed.
    func run(
        _ plan: ScheduleSearch.Plan, leavingOut: Set<Scenario.StepPlace> = [], injecting injection: Injection? = nil,
        serial: ((ScheduleJudge.Outcome) -> Set<ScheduleJudge.Outcome>)? = nil
    ) throws -> (execution: ScheduleRunner.Execution, finding: RaceFinding?) {
        let execution = try execute(plan, leavingOut, injection)
        if injection?.fault.hitsEverybody == true { judge = try judge.again(runner.control) }
        length = max(length, execution.decisions.count)
        guard execution.inconclusive == nil else { return (execution, nil) }
        var (outcome, found) = try judge.judge(execution)
        let known = serial?(outcome)
        if found == nil, scenario.expectation.isSerial {
            found = try judge.compare(execution, outcome, leavingOut: leavingOut) { absent in
                if absent.isEmpty, let known { return known }
                return try serialOutcomes(leavingOut: absent)
            }
        }
        guard let found else { return (execution, nil) }
        return (
            execution,
            RaceFinding(
                violation: found.violation, detail: found.detail, leftOut: leavingOut, choices: execution.decisions.map(\.chosen),
                gates: runner.gates.name, injection: injection, preemptions: execution.preemptions, moves: execution.moves)
        )
    }

    /// Runs one schedule from the state that the setup left.
    private func execute(
        _ plan: ScheduleSearch.Plan, _ leavingOut: Set<Scenario.StepPlace>, _ injection: Injection? = nil
    ) throws -> ScheduleRunner.Execution {
        try judge.reset()
        // What the reset wrote is not the schedule's.
        if runner.watch != nil { _ = runner.watch!.changes() }
        var chooser = ScheduleSearch.Chooser(plan, sessions: scenario.sessions.count, length: length)
        let rows = countsRows ? RowCounter(runner.control) : nil
        defer { rowsWritten += rows?.count ?? 0 }
        return try runner.run(&chooser, leavingOut: leavingOut, injecting: injection)
    }

    /// Runs all serial orders without some steps, unless that has been done before.
    private func serialOutcomes(leavingOut: Set<Scenario.StepPlace>) throws -> Set<ScheduleJudge.Outcome> {
        if let known = serialOutcomes[leavingOut] { return known }
        var search = ScheduleSearch(twins: Array(scenario.sessions.indices), maxBound: 0, seed: 0, room: 0)
        var outcomes: Set<ScheduleJudge.Outcome> = []
        while case .run(let plan, .bound(0)) = search.next() {
            let execution = try execute(plan, leavingOut)
            search.finished(plan, execution.decisions)
            outcomes.insert(try judge.judge(execution).outcome)
        }
        serialOutcomes[leavingOut] = outcomes
        return outcomes
    }

    // MARK: Making it smaller

    private static let shrinking = Duration.seconds(60)

    /// Leaves out sessions and steps as long as the same violation still shows with as few preemptions, then repeats what is left.
    func shrink(_ finding: RaceFinding, repetitions: Int = 20, stop: StopFlag) throws -> RaceFinding {
        var best = finding
        // Where a schedule takes seconds, a larger finding now is better than a small one in an hour.
        let deadline = ContinuousClock.now + Self.shrinking
        for (number, session) in scenario.sessions.enumerated() {
            let places = session.steps.indices.map { Scenario.StepPlace(session: number, index: $0) }
            // The whole session, else step after step.
            for candidate in [Set(places)] + places.map({ Set([$0]) }) where !stop.isSet && !candidate.isSubset(of: best.leftOut) {
                let smaller = try find(
                    finding.violation, leavingOut: best.leftOut.union(candidate), preemptions: best.preemptions, until: deadline)
                best = smaller ?? best
            }
        }
        return try repeated(best, repetitions)
    }

    /// Adds how often the same schedule shows it again, and what people need to read it.
    func repeated(_ finding: RaceFinding, _ repetitions: Int) throws -> RaceFinding {
        var finding = finding
        finding.repetitions = repetitions
        for _ in 0..<repetitions {
            let again = try run(.follow(finding.choices), leavingOut: finding.leftOut, injecting: finding.injection)
            if again.finding?.violation == finding.violation { finding.reproduced += 1 }
        }
        try addChanges(to: &finding)
        // The state is still that of the schedule.
        finding.shownRows = finding.shown(of: scenario).map {
            StepResult([runner.control.run($0)], ignoring: [], recordingAccesses: false)
        }
        try judge.reset()
        addSources(to: &finding)
        return finding
    }

    /// Runs the schedule once more and looks at the rows after each move.
    private func addChanges(to finding: inout RaceFinding) throws {
        // After a crash the server has other connections.
        guard finding.injection?.fault.hitsEverybody != true else { return }
        runner.watch = RowWatch(runner.control)
        defer {
            runner.watch?.end()
            runner.watch = nil
        }
        let execution = try execute(.follow(finding.choices), finding.leftOut, finding.injection)
        if execution.moves.map(\.session) == finding.moves.map(\.session) { finding.moves = execution.moves }
    }

    private func addSources(to finding: inout RaceFinding) {
        let statements = Set(finding.moves.compactMap(\.statement))
        addSQLFunctions(to: &finding, statements.filter(\.isOfSQLFunction))
        for function in Set(statements.map(\.function)) {
            let oid = "\(PostgresQuery.quoteLiteral(function))::pg_catalog.regprocedure"
            let answer = runner.control.run(
                "SELECT pg_catalog.pg_get_functiondef(oid), prosrc FROM pg_catalog.pg_proc WHERE oid = \(oid)")
            guard answer.hasRows, answer.rowCount == 1, let definition = answer.value(0, 0), let body = answer.value(0, 1) else { continue }
            finding.functions[function] = .init(definition: definition, body: body)
            let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
            for statement in statements where statement.function == function && lines.indices.contains(statement.line - 1) {
                finding.sources[statement] = RaceFinding.oneLine(String(lines[statement.line - 1]))
            }
        }
    }

    /// The server does not say in which SQL function a session has stopped: the one that ends with the statement's text.
    private func addSQLFunctions(to finding: inout RaceFinding, _ statements: Set<GateListener.Statement>) {
        guard !statements.isEmpty else { return }
        let answer = runner.control.run(
            """
            SELECT p.oid::pg_catalog.regprocedure, pg_catalog.pg_get_functiondef(p.oid), p.prosrc
              FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
             WHERE l.lanname = 'sql' AND p.prokind IN ('f', 'p') AND p.prosqlbody IS NULL
               AND p.pronamespace::pg_catalog.regnamespace::text NOT IN ('pg_catalog', 'information_schema')
            """)
        for row in 0..<(answer.hasRows ? answer.rowCount : 0) {
            guard let name = answer.value(row, 0), let definition = answer.value(row, 1), let body = answer.value(row, 2) else { continue }
            for statement in statements where InstrumentedBody.offset(of: statement, in: body) != nil {
                finding.signatures[statement] = name
                finding.functions[name] = .init(definition: definition, body: body)
            }
        }
    }

    /// Looks for the same violation without these steps, among the first schedules with at most this many preemptions.
    private func find(
        _ violation: RaceFinding.Violation, leavingOut: Set<Scenario.StepPlace>, preemptions: Int, limit: Int = 400,
        until deadline: ContinuousClock.Instant
    ) throws -> RaceFinding? {
        var search = ScheduleSearch(twins: Array(scenario.sessions.indices), maxBound: preemptions, seed: 0, room: 0)
        for _ in 0..<limit where ContinuousClock.now < deadline {
            guard case .run(let plan, .bound(let bound)) = search.next() else { return nil }
            let (execution, finding) = try run(plan, leavingOut: leavingOut)
            // What a serial order shows too is no race: something that the promise needs was left out.
            if let finding, finding.violation == violation { return bound == 0 && preemptions > 0 ? nil : finding }
            search.finished(plan, execution.decisions)
        }
        return nil
    }
}

extension ExplorationReport {
    fileprivate mutating func add(_ execution: ScheduleRunner.Execution, _ phase: ScheduleSearch.Phase) {
        schedules += 1
        if execution.inconclusive != nil { inconclusive += 1 }
        exercise.note(execution)
        guard case .bound(let bound) = phase else {
            sampled += 1
            return
        }
        while byBound.count <= bound { byBound.append(0) }
        byBound[bound] += 1
    }
}
