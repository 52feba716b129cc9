import RaceLab
import Synchronization

/// Judges generated mutants: test files first, then scenarios, the nearest to the function first; the first failure ends it.
struct GeneratedTrial: Sendable {
    /// A scenario and the words of its file.
    struct Judge: Sendable {
        var scenario: Scenario
        var words: Set<String>
    }

    var functions: [MutatedFunction]
    var files: [TestFile]
    var scenarios: [Judge]
    /// Copies of a database with the functions and pgTAP in it.
    var databases: ScratchDatabases
    var checksNames: Bool
    /// Runs the scenarios; nil leaves them out.
    var trial: MutationTrial?
    var explanations: EquivalentMutants?
    /// Whether a mutant that is explained is not tried.
    var skipsExplained = false

    /// Tries mutants, `jobs` of them at a time, and hands over each verdict in the order of the mutants; a stop leaves out the rest.
    func run(_ mutants: [GeneratedMutant], jobs: Int, stop: StopFlag, each: (GeneratedMutant, GeneratedVerdict) throws -> Void) async throws
    {
        let plans = plans(of: mutants)
        let idle = Mutex<[MutantDatabase]>([])
        for _ in 0..<jobs where !stop.isSet {
            let database = try await MutantDatabase.make(databases, checksNames: checksNames)
            idle.withLock { $0.append(database) }
        }
        let killers = Killers()
        let counts = Mutex((begun: 0, survived: 0))
        let line = ProgressLine { _ in
            let (begun, survived) = counts.withLock { $0 }
            return begun == 0 ? "" : "[\(begun)/\(mutants.count)] \(mutants[begun - 1].function), \(survived) survived"
        }
        defer { line.end() }
        try await OrderedTasks.run(mutants.count, jobs: jobs, stop: stop) { number in
            counts.withLock { $0.begun = max($0.begun, number + 1) }
            guard let plan = plans[mutants[number].function], let database = idle.withLock({ $0.popLast() }) else { return nil }
            defer { idle.withLock { $0.append(database) } }
            let verdict = try await judge(mutants[number], plan, killers, in: database, stop)
            if verdict?.outcome == .survived { counts.withLock { $0.survived += 1 } }
            return verdict
        } each: {
            try each(mutants[$0], $1)
        }
        for database in idle.withLock({ $0 }) { try await database.drop() }
    }

    /// The files that may judge the mutants: all of them if nothing mentions one of the functions, as with a trigger's.
    func neededFiles(for mutants: [GeneratedMutant]) -> [TestFile] {
        let plans = plans(of: mutants).values
        guard !plans.contains(where: \.files.isEmpty) else { return files }
        let paths = Set(plans.flatMap(\.files).map(\.path))
        return files.filter { paths.contains($0.path) }
    }

    private func plans(of mutants: [GeneratedMutant]) -> [String: Plan] {
        let graph = CallGraph(functions)
        let names = Set(mutants.map(\.function))
        return Dictionary(functions.filter { names.contains($0.name) }.map { ($0.name, plan(for: $0, graph)) }) { first, _ in first }
    }

    private struct Plan: Sendable {
        var function: MutatedFunction
        var files: [TestFile]
        var scenarios: [Scenario]
    }

    /// The files that call the function or mention it or a caller, the nearest first: by the number of calls in between, then by time. If
    /// no file calls it, all that mention something it may reach.
    private func plan(for function: MutatedFunction, _ graph: CallGraph) -> Plan {
        let reached = graph.reached(from: function.word)
        let isCalled = files.contains { $0.called.contains(function.oid) }
        let near = files.map { file in (file, distance: CallGraph.distance(of: file.words, reached) ?? .max) }
            .filter { file, distance in
                file.called.contains(function.oid) || distance <= 1 || distance < .max && !(isCalled && function.isProcedural)
            }
            .sorted { ($0.distance, $0.0.seconds) < ($1.distance, $1.0.seconds) }
        let scenarios = scenarios.compactMap { judge in CallGraph.distance(of: judge.words, reached).map { (judge.scenario, distance: $0) }
        }
        .sorted { ($0.distance, $0.0.name) < ($1.distance, $1.0.name) }
        return Plan(function: function, files: near.map(\.0), scenarios: scenarios.map(\.0))
    }

    /// What fails twice, because a machine that stalls fails tests too; the limit of time allows for that.
    private func failure(of file: TestFile, in database: MutantDatabase, _ stop: StopFlag) async throws -> String? {
        var failure: String?
        for _ in 1...2 {
            let outcome = try await database.run(file, stop: stop)
            failure = outcome.interrupted ? nil : outcome.failures.first { !file.failures.contains($0) }
            if failure == nil || outcome.timedOut { break }
        }
        return failure
    }

    /// nil when it was stopped before the verdict.
    private func judge(
        _ mutant: GeneratedMutant, _ plan: Plan, _ killers: Killers, in database: MutantDatabase, _ stop: StopFlag
    ) async throws -> GeneratedVerdict? {
        var verdict = GeneratedVerdict(mutant)
        verdict.reason = explanations?.explanation(of: mutant)?.reason
        if skipsExplained, verdict.reason != nil {
            verdict.outcome = .explained
            return verdict
        }
        let began = ContinuousClock.now
        let definition = mutant.applied(to: plan.function.definition)
        if let reason = try await database.install(definition, of: plan.function) {
            (verdict.outcome, verdict.detail) = (.invalid, reason)
        } else {
            for file in killers.first(plan.files, of: mutant.function, \.path) where verdict.outcome == .survived && !stop.isSet {
                guard let failure = try await failure(of: file, in: database, stop) else { continue }
                killers.note(file.path, of: mutant.function)
                (verdict.outcome, verdict.by, verdict.detail) = (.killed, file.path, failure)
            }
        }
        try await database.restore()
        if let trial, verdict.outcome == .survived {
            for scenario in killers.first(plan.scenarios, of: mutant.function, \.name) where verdict.outcome == .survived && !stop.isSet {
                let change = mutant.scenarioMutant(of: plan.function.definition)
                guard let found = try await trial.run(scenario, change, stop: stop), found.outcome == .killed else { continue }
                killers.note(scenario.name, of: mutant.function)
                (verdict.outcome, verdict.by, verdict.detail, verdict.byScenario) = (.killed, scenario.name, found.by.first, true)
            }
        }
        if verdict.outcome == .survived, stop.isSet { return nil }
        if verdict.outcome == .survived, verdict.reason != nil { verdict.outcome = .explained }
        verdict.seconds = began.duration(to: .now) / .seconds(1)
        return verdict
    }
}

/// How many mutants of a function each file and scenario killed: what killed one is the first to judge the next.
private final class Killers: Sendable {
    private let kills = Mutex<[String: [String: Int]]>([:])

    func note(_ name: String, of function: String) { kills.withLock { $0[function, default: [:]][name, default: 0] += 1 } }

    func first<Judge>(_ judges: [Judge], of function: String, _ name: (Judge) -> String) -> [Judge] {
        let kills = kills.withLock { $0[function] ?? [:] }
        return judges.filter { kills[name($0)] != nil }.sorted { kills[name($0), default: 0] > kills[name($1), default: 0] }
            + judges.filter { kills[name($0)] == nil }
    }
}
