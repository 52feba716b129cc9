import Foundation
import PQClient
import Synchronization

/// Runs schedules in a database of its own, with sessions of its own, on one thread.
final class ExplorationWorker {
    private let scenario: Scenario
    private let runner: ScheduleRunner
    private var judge: ScheduleJudge
    /// For each session, a number that sessions with the same steps share.
    var twins: [Int] { Explorer.twins(scenario) }
    private var length = 8

    /// - Parameter crashServer: ends the server's first process with SIGKILL and starts it again.
    init(_ scenario: Scenario, conninfo: String, gates: Gates, crashServer: (() throws -> Void)? = nil) throws {
        self.scenario = scenario
        runner = try ScheduleRunner(scenario, conninfo: conninfo, gates: gates)
        runner.crashServer = crashServer
        judge = try ScheduleJudge(scenario, control: runner.control, gates: gates)
    }

    /// Takes schedules from the search until it is over.
    func work(_ shared: SharedSearch, progress: ExplorationProgress) throws {
        while !shared.isOver {
            switch shared.state.withLock({ $0.search.next() }) {
            case .done: return
            case .wait: usleep(100)
            case .run(let plan, let phase):
                let (execution, verdict) = try run(plan) { outcome in
                    shared.state.withLock { state in
                        if phase == .bound(0) { state.serial.insert(outcome) }
                        return state.serial
                    }
                }
                progress.count()
                progress.begin(.schedules(phase))
                shared.state.withLock { state in
                    state.search.finished(plan, execution.decisions)
                    state.report.add(execution, phase)
                    if let verdict, state.report.finding == nil { state.report.finding = verdict }
                }
            }
        }
    }

    /// One schedule and what is wrong with it. `serial` is told the outcome and gives those of the serial orders of all steps; without it,
    /// these are run when they are needed.
    func run(
        _ plan: SchedulePlan, leavingOut: Set<Scenario.StepPlace> = [], injecting injection: Injection? = nil,
        serial: ((ScheduleOutcome) -> Set<ScheduleOutcome>)? = nil
    ) throws -> (execution: ScheduleRunner.Execution, finding: RaceFinding?) {
        let execution = try execute(plan, leavingOut, injection)
        if injection?.fault.hitsEverybody == true { judge = try judge.again(runner.control) }
        length = max(length, execution.decisions.count)
        guard execution.inconclusive == nil else { return (execution, nil) }
        let (outcome, fault) = try judge.judge(execution)
        var (found, detail) = (fault?.0, fault?.1 ?? "")
        let known = serial?(outcome)
        if found == nil, scenario.expectation.isSerial {
            (found, detail) = try compare(execution, outcome, leavingOut, known)
        }
        guard let found else { return (execution, nil) }
        return (
            execution,
            RaceFinding(
                fault: found, detail: detail, leftOut: leavingOut, choices: execution.decisions.map(\.chosen), injection: injection,
                preemptions: execution.preemptions, moves: execution.moves)
        )
    }

    /// One schedule, from the state that the setup left.
    private func execute(
        _ plan: SchedulePlan, _ leavingOut: Set<Scenario.StepPlace>, _ injection: Injection? = nil
    ) throws -> ScheduleRunner.Execution {
        try judge.reset()
        var chooser = Chooser(plan, sessions: scenario.sessions.count, length: length)
        return try runner.run(&chooser, leavingOut: leavingOut, injecting: injection)
    }

    /// Transactions that ended with an error have not happened: the others must be as in a serial order without them. What a fault has
    /// broken off may have happened if nobody was told.
    private func compare(
        _ execution: ScheduleRunner.Execution, _ outcome: ScheduleOutcome, _ leavingOut: Set<Scenario.StepPlace>,
        _ known: Set<ScheduleOutcome>?
    ) throws -> (Violation?, String) {
        var undone: Set<[Int]> = []
        for (place, result) in outcome.results where result.sqlState.map(scenario.mayFail) ?? false {
            undone.insert([place.session, execution.transactions[place] ?? -1])
        }
        let failed = Set(outcome.results.keys.filter { undone.contains([$0.session, execution.transactions[$0] ?? -1]) })
        var reported: (Violation?, String)?
        for (absent, unseen) in Self.readings(of: execution, failed: failed, leavingOut: leavingOut, scenario) {
            let expected = try absent.isEmpty ? known ?? serialOutcomes(leavingOut: []) : serialOutcomes(leavingOut: absent)
            var rest = outcome.without(absent.union(unseen))
            let seen = unseen.isEmpty ? expected : Set(expected.map { $0.without(unseen) })
            if seen.contains(rest) { return (nil, "") }
            reported = reported ?? (.notSerial, describe(rest, expected: seen))
            // A step that may be empty has done nothing, so it may be left out; the fewer the better.
            let empty = rest.results.filter { scenario.expectation.mayBeEmpty.contains($0.key) && $0.value.isEmpty }.map(\.key)
            for left in Self.subsets(of: empty.sorted()) {
                rest = outcome.without(absent.union(unseen).union(left))
                let others = try serialOutcomes(leavingOut: absent.union(left))
                if others.contains(where: { $0.without(unseen) == rest }) { return (nil, "") }
            }
        }
        return reported ?? (nil, "")
    }

    /// What may have happened: steps that have not, and steps that have without anybody having seen their answers.
    private static func readings(
        of execution: ScheduleRunner.Execution, failed: Set<Scenario.StepPlace>, leavingOut: Set<Scenario.StepPlace>, _ scenario: Scenario
    ) -> [(absent: Set<Scenario.StepPlace>, unseen: Set<Scenario.StepPlace>)] {
        var readings = [(absent: leavingOut.union(failed), unseen: Set<Scenario.StepPlace>())]
        for (session, interruption) in execution.interruptions.sorted(by: { $0.key < $1.key }) {
            let steps = scenario.sessions[session].steps.indices.map { Scenario.StepPlace(session: session, index: $0) }
            let later = Set(steps.filter { (execution.transactions[$0] ?? .max) > interruption.transaction })
            let own = Set(steps.filter { execution.transactions[$0] == interruption.transaction })
            readings = readings.flatMap { reading in
                let undone = (reading.absent.union(later).union(own), reading.unseen)
                let done = (reading.absent.union(later), reading.unseen.union(own))
                return interruption.isUnknown && !own.isEmpty ? [undone, done] : [undone]
            }
        }
        return readings
    }

    /// All but the empty one, smaller ones first.
    private static func subsets(of places: [Scenario.StepPlace]) -> [Set<Scenario.StepPlace>] {
        guard !places.isEmpty else { return [] }
        return (1..<(1 << min(places.count, 10))).map { bits in
            Set(places.indices.filter { $0 < 10 && bits & (1 << $0) != 0 }.map { places[$0] })
        }.sorted { $0.count < $1.count }
    }

    private func describe(_ outcome: ScheduleOutcome, expected: Set<ScheduleOutcome>) -> String {
        func line(_ outcome: ScheduleOutcome) -> String {
            let steps = outcome.results.sorted { $0.key < $1.key }
                .map { "\(scenario.step($0.key).name): \($0.value.summary)" }
            return (steps + (outcome.state.isEmpty ? [] : ["state: \(outcome.state)"])).joined(separator: "; ")
        }
        let serial = expected.map(line).sorted()
        return "this schedule gives   \(line(outcome))\n"
            + serial.prefix(4).map { "a serial order gives  \($0)\n" }.joined()
            + (serial.count > 4 ? "and \(serial.count - 4) other outcomes\n" : "")
    }

    /// The outcomes of all serial orders without some steps, run now.
    private var cache: [Set<Scenario.StepPlace>: Set<ScheduleOutcome>] = [:]

    func serialOutcomes(leavingOut: Set<Scenario.StepPlace>) throws -> Set<ScheduleOutcome> {
        if let known = cache[leavingOut] { return known }
        var search = ScheduleSearch(twins: Array(scenario.sessions.indices), maxBound: 0, seed: 0, room: 0)
        var outcomes: Set<ScheduleOutcome> = []
        while case .run(let plan, .bound(0)) = search.next() {
            let execution = try execute(plan, leavingOut)
            search.finished(plan, execution.decisions)
            outcomes.insert(try judge.judge(execution).outcome)
        }
        cache[leavingOut] = outcomes
        return outcomes
    }

    // MARK: Making it smaller

    /// Leaves out sessions and steps as long as the same fault is still found with as few preemptions, and then repeats what is left.
    func shrink(_ finding: RaceFinding, repetitions: Int = 20, stop: StopFlag) throws -> RaceFinding {
        var best = finding
        for (number, session) in scenario.sessions.enumerated() {
            let places = session.steps.indices.map { Scenario.StepPlace(session: number, index: $0) }
            // The whole session, else step after step.
            for candidate in [Set(places)] + places.map({ Set([$0]) }) where !stop.isSet && !candidate.isSubset(of: best.leftOut) {
                if let smaller = try find(finding.fault, leavingOut: best.leftOut.union(candidate), preemptions: best.preemptions) {
                    best = smaller
                }
            }
        }
        return try repeated(best, repetitions)
    }

    /// With how often the same schedule shows it again, and what people need to read it.
    func repeated(_ finding: RaceFinding, _ repetitions: Int) throws -> RaceFinding {
        var finding = finding
        finding.repetitions = repetitions
        for _ in 0..<repetitions {
            let again = try run(.follow(finding.choices), leavingOut: finding.leftOut, injecting: finding.injection)
            if again.finding?.fault == finding.fault { finding.reproduced += 1 }
        }
        try addChanges(to: &finding)
        try judge.reset()
        addSources(to: &finding)
        return finding
    }

    /// Once more, with a look at the rows after each move.
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

    /// The same fault without these steps, among the schedules with at most so many preemptions.
    private func find(_ fault: Violation, leavingOut: Set<Scenario.StepPlace>, preemptions: Int, limit: Int = 400) throws -> RaceFinding? {
        var search = ScheduleSearch(twins: Array(scenario.sessions.indices), maxBound: preemptions, seed: 0, room: 0)
        for _ in 0..<limit {
            guard case .run(let plan, .bound(let bound)) = search.next() else { return nil }
            let (execution, finding) = try run(plan, leavingOut: leavingOut)
            // What is wrong in a serial order too is no race: something the promise needs was left out.
            if let finding, finding.fault == fault { return bound == 0 && preemptions > 0 ? nil : finding }
            search.finished(plan, execution.decisions)
        }
        return nil
    }
}

extension ExplorationReport {
    fileprivate mutating func add(_ execution: ScheduleRunner.Execution, _ phase: ScheduleSearch.Phase) {
        schedules += 1
        if execution.inconclusive != nil { inconclusive += 1 }
        guard case .bound(let bound) = phase else {
            sampled += 1
            return
        }
        while byBound.count <= bound { byBound.append(0) }
        byBound[bound] += 1
    }
}
