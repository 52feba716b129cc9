import RaceLab
import Synchronization

/// Tries changes of the code: explores the scenario's sessions, hammers with its operations.
struct MutationTrial {
    var hammer: Hammer
    var explorer: Explorer
    /// Seconds of the last round that hammers a mutant.
    var seconds: Double
    /// Seconds to hammer a harmless change; exploring takes at least three.
    var harmlessSeconds: Double
    /// Seconds to explore a mutant at most.
    var exploreSeconds: Double

    /// Most losses show within half a second; the rest need longer rounds.
    var rounds: [Double] {
        var rounds = [min(0.5, seconds)]
        while let last = rounds.last, last < seconds { rounds.append(min(last * 3, seconds)) }
        return rounds
    }

    func finish() async throws {
        do { try await hammer.finish() } catch {
            try? await explorer.finish()
            throw error
        }
        try await explorer.finish()
    }

    /// Tries changes, `jobs` of them at a time, and hands over each verdict in the order of the changes; a stop leaves out the rest.
    func run(
        _ changes: [(scenario: Scenario, change: Scenario.Mutant)], jobs: Int, stop: StopFlag,
        each: (Scenario, MutationVerdict) throws -> Void
    ) async throws {
        let underWay = UnderWay()
        let line = ProgressLine { _ in underWay.text(of: changes.count) }
        defer { line.end() }
        try await OrderedTasks.run(changes.count, jobs: jobs, stop: stop) { number in
            let (scenario, change) = changes[number]
            underWay.begin(number, "\(scenario.name), \(change.name)")
            defer { underWay.end(number) }
            return try await run(scenario, change, stop: stop)
        } each: {
            try each(changes[$0].scenario, $1)
        }
    }

    /// The changes that are being tried, by number, for a progress line.
    private final class UnderWay: Sendable {
        private let names = Mutex<[Int: String]>([:])

        func begin(_ number: Int, _ name: String) { names.withLock { $0[number] = name } }
        func end(_ number: Int) { names.withLock { $0[number] = nil } }

        func text(of total: Int) -> String {
            names.withLock { $0.sorted { $0.key < $1.key }.map { "[\($0.key + 1)/\(total)] \($0.value)" }.joined(separator: "; ") }
        }
    }

    /// nil when it was stopped before the verdict.
    func run(_ scenario: Scenario, _ change: Scenario.Mutant, stop: StopFlag) async throws -> MutationVerdict? {
        let harmless = scenario.harmless.contains { $0.name == change.name }
        var verdict = MutationVerdict(
            scenario: scenario.name, change: change.name, harmless: harmless, outcome: harmless ? .clean : .survived,
            seed: String(hammer.options.seed))
        let began = ContinuousClock.now
        do {
            if !scenario.sessions.isEmpty { try await explore(scenario, change, &verdict, stop) }
            if !scenario.operations.isEmpty, verdict.mode == nil { try await hammer(scenario, change, &verdict, stop) }
        } catch let error as StaleMutantError {
            Output.error("\(scenario.name): \(error)")
            verdict.outcome = .stale
            verdict.by = ["\(error)"]
        }
        verdict.seconds = began.duration(to: .now) / .seconds(1)
        return stop.isSet && verdict.mode == nil ? nil : verdict
    }

    private func explore(
        _ scenario: Scenario, _ change: Scenario.Mutant, _ verdict: inout MutationVerdict, _ stop: StopFlag
    ) async throws {
        var explorer = explorer
        explorer.options.seed = hammer.options.seed
        explorer.options.seconds = verdict.harmless ? max(3, harmlessSeconds) : exploreSeconds
        // A mutant is killed by the first finding, which most often comes soon: one database is enough, and nobody reads the schedule.
        explorer.options.shrinks = false
        if !verdict.harmless { explorer.options.jobs = 1 }
        for scenario in scenario.atEachIsolation where verdict.mode == nil && !stop.isSet {
            let report = try await explorer.run(scenario, mutant: change, stop: stop)
            verdict.schedules += report.schedules
            if let finding = report.finding {
                verdict.notice(.explore, [finding.violation.summary])
            } else if verdict.harmless, let reason = report.undecided, !stop.isSet {
                verdict.notice(.explore, [reason])
            }
            if report.gates == .steps { Output.note("\(scenario.name): sessions stop only between steps") }
        }
    }

    private func hammer(
        _ scenario: Scenario, _ change: Scenario.Mutant, _ verdict: inout MutationVerdict, _ stop: StopFlag
    ) async throws {
        var hammer = hammer
        for seconds in verdict.harmless ? [harmlessSeconds] : rounds where !stop.isSet {
            hammer.options.seconds = seconds
            let report = try await hammer.run(scenario, mutant: change, stop: stop)
            verdict.operations += report.count
            verdict.rounds += 1
            verdict.seed = String(hammer.options.seed)
            // Clients that never got an answer show nothing about a mutant.
            let noticed = report.isBroken || verdict.harmless && !report.held && !report.interrupted
            if noticed { return verdict.notice(.hammer, report.reasons) }
            hammer.options.seed &+= 1
        }
    }
}

extension MutationVerdict {
    mutating func notice(_ mode: Mode, _ by: [String]) {
        outcome = harmless ? .flagged : .killed
        self.mode = mode
        self.by = by
    }
}
