import RaceLab

/// Tries one change of the code: explores the scenario's sessions, hammers with its operations.
struct MutationTrial {
    var hammer: Hammer
    var explorer: Explorer
    /// How long the last round hammers a mutant.
    var seconds: Double
    /// How long a harmless change is hammered, or explored if that is more than three seconds.
    var harmlessSeconds: Double

    /// Most losses show in half a second; what chance hid is hammered longer.
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

    /// nil when it was stopped before the verdict.
    func run(
        _ scenario: Scenario, _ change: Scenario.Mutant, label: String, stop: StopFlag
    ) async throws -> MutationVerdict? {
        let harmless = scenario.harmless.contains { $0.name == change.name }
        var verdict = MutationVerdict(
            scenario: scenario.name, change: change.name, harmless: harmless, outcome: harmless ? .clean : .survived,
            seed: String(hammer.options.seed))
        let began = ContinuousClock.now
        do {
            if !scenario.sessions.isEmpty { try await explore(scenario, change, &verdict, label, stop) }
            if !scenario.operations.isEmpty, verdict.mode == nil { try await hammer(scenario, change, &verdict, label, stop) }
        } catch let error as StaleMutantError {
            Output.error("\(scenario.name): \(error)")
            verdict.outcome = .stale
            verdict.by = ["\(error)"]
        }
        verdict.seconds = began.duration(to: .now) / .seconds(1)
        return stop.isSet && verdict.mode == nil ? nil : verdict
    }

    private func explore(
        _ scenario: Scenario, _ change: Scenario.Mutant, _ verdict: inout MutationVerdict, _ label: String, _ stop: StopFlag
    ) async throws {
        var explorer = explorer
        explorer.options.seed = hammer.options.seed
        explorer.options.seconds = verdict.harmless ? max(3, harmlessSeconds) : max(30, seconds)
        for scenario in scenario.atEachIsolation where verdict.mode == nil && !stop.isSet {
            let progress = ExplorationProgress()
            let line = TickingLine { _ in "\(label)\(scenario.name), \(change.name): \(OutputFormat.count(progress.schedules)) schedules" }
            defer { line.end() }
            let report = try await explorer.run(scenario, mutant: change, progress: progress, stop: stop)
            verdict.schedules += report.schedules
            if let finding = report.finding {
                verdict.notice(.explore, [finding.violation.summary])
            } else if verdict.harmless, !report.held, !stop.isSet {
                verdict.notice(.explore, [report.indecision])
            }
            if report.gates == .steps { Output.note("\(scenario.name): sessions stop between steps only") }
        }
    }

    private func hammer(
        _ scenario: Scenario, _ change: Scenario.Mutant, _ verdict: inout MutationVerdict, _ label: String, _ stop: StopFlag
    ) async throws {
        var hammer = hammer
        for seconds in verdict.harmless ? [harmlessSeconds] : rounds where !stop.isSet {
            hammer.options.seconds = seconds
            let progress = RaceProgress()
            let line = RaceProgressLine("\(label)\(scenario.name), \(change.name)", progress: progress, seconds: seconds)
            defer { line.end() }
            let report = try await hammer.run(scenario, mutant: change, progress: progress, stop: stop)
            verdict.operations += report.count
            verdict.rounds += 1
            verdict.seed = String(hammer.options.seed)
            // Clients that never got an answer have shown nothing about a mutant.
            let noticed = verdict.harmless ? !report.held : report.violations > 0 || !report.failures.isEmpty
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
