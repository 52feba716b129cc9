import Foundation

/// Runs a scenario's operations in an open loop: they start when they are meant to, at the rate of a profile, however slow the answers
/// are, and are timed from then. The scenario's invariants are judged afterwards, as after a race.
public struct Load: Sendable {
    public struct Options: Sendable {
        public var profile: LoadProfile
        public var arrivals = LoadArrivals.Spacing.poisson
        /// Added to those of the scenario.
        public var thresholds: [LoadThreshold] = []
        /// Ends the load as soon as a threshold can no longer hold.
        public var abort = false
        /// How many arrivals may wait for a connection; nil for ten seconds at the peak, at least 1,000.
        public var queue: Int?
        /// For the drift of a soak: how much worse still counts as the same, and the confidence required to report a drift.
        public var tolerance = 0.05
        public var confidence = 0.95

        public init(profile: LoadProfile) { self.profile = profile }
    }

    public var options: Options
    private let hammer: Hammer

    /// - Parameter race: its connections, seed, history folder and `keep` count here; a load always survives restarts.
    public init(server: String, options: Options, race: Hammer.Options) {
        self.options = options
        var race = race
        race.surviveRestarts = true
        race.shortensDeadlocks = false
        hammer = Hammer(server: server, options: race)
    }

    /// Drops the databases that are left. Call it after the last scenario.
    public func finish() async throws { try await hammer.finish() }

    /// The thresholds that count: the scenario's and the options', or else that hardly anything fails, and for a stress that it is fast.
    public func thresholds(for scenario: Scenario) throws -> [LoadThreshold] {
        let given = scenario.thresholds + options.thresholds
        for threshold in given {
            if let problem = threshold.problem(among: scenario.operations.map(\.name)) { throw RaceError(problem) }
        }
        guard given.isEmpty else { return given }
        let usual = options.profile.kind == .stress ? ["error_rate<0.01", "p(95)<500"] : ["error_rate<0.01"]
        return try usual.map { try LoadThreshold($0) }
    }

    /// - Parameter watch: called about once a second while the load goes on.
    public func run(
        _ scenario: Scenario, stop: StopFlag = StopFlag(), watch: @escaping @Sendable (LoadSnapshot) -> Void = { _ in }
    ) async throws -> LoadReport {
        let thresholds = try thresholds(for: scenario)
        let profile = options.profile
        let arrivals = LoadArrivals(profile, spacing: options.arrivals, seed: hammer.options.seed)
        let load = LoadRun(
            profile: profile, arrivals: arrivals, bound: options.queue ?? max(1000, Int(profile.rate * 10)),
            operations: scenario.operations.count)
        let monitor = LoadMonitor(
            load, operations: scenario.operations.map(\.name), arrivals: arrivals, thresholds: thresholds, abort: options.abort)
        let watching = Task { await monitor.run(watch) }
        let race = await Result.async {
            try await hammer.run(scenario, mutant: nil, progress: RaceProgress(), stop: stop) {
                load.begin()
                return { try await $0.run(load) }
            }
        }
        watching.cancel()
        await watching.value
        let ended = try race.get()
        monitor.finish(interrupted: ended.interrupted)
        return report(of: load, ended, monitor, thresholds)
    }

    private func report(of load: LoadRun, _ race: RaceReport, _ monitor: LoadMonitor, _ thresholds: [LoadThreshold]) -> LoadReport {
        let (profile, recorder) = (options.profile, load.recorder)
        // An answer that comes after the end of the profile makes the rate what was reached, not what was asked for.
        let seconds = max(race.interrupted || load.endedEarly ? 0 : profile.seconds, recorder.lastAnswer)
        let names = race.operations.map(\.name)
        let total = recorder.total(seconds: seconds)
        let whole = profile.hold.map { Int($0.lowerBound.rounded(.up))..<Int($0.upperBound) } ?? 0..<0
        let measured = whole.clamped(to: 0..<recorder.seconds)
        var report = LoadReport(
            scenario: race.scenario, profile: profile.kind, stages: profile.stages, rate: profile.rate, arrivals: options.arrivals,
            seed: race.seed, connections: race.connections, planned: profile.seconds, seconds: seconds, interrupted: race.interrupted,
            aborted: load.abortedFor?.description, total: .init(total),
            operations: names.indices.map { .init(recorder.total(of: $0, seconds: seconds), operation: names[$0]) },
            dropped: total.dropped, errorRate: total.errorRate, lateness: recorder.lateness.percentile(99),
            p95BySecond: (0..<recorder.seconds).map { recorder.figures(in: $0..<$0 + 1).percentile(95) },
            invariants: race.invariants, tallies: race.tallies, failures: race.failures, history: race.history,
            batches: LoadBatches(recorder, in: measured), distribution: total.distribution)
        switch profile.kind {
        case .stress: report.steps = monitor.steps
        case .spike: report.recovery = .init(recorder, profile)
        case .soak: report.drift = drift(of: load, measured)
        case .smoke, .load: break
        }
        if profile.kind != .stress {
            report.thresholds = thresholds.map { threshold in
                let operation = threshold.operation.flatMap { names.firstIndex(of: $0) }
                return .init(threshold, recorder.total(of: operation, seconds: seconds))
            }
        }
        return report
    }

    private func drift(of load: LoadRun, _ seconds: Range<Int>) -> LoadReport.Drift {
        let third = seconds.count / 3
        let first = LoadBatches(load.recorder, in: seconds.lowerBound..<seconds.lowerBound + third)
        let last = LoadBatches(load.recorder, in: seconds.upperBound - third..<seconds.upperBound)
        let memory = load.memory
        func average(_ bytes: [Int]) -> Int? { bytes.isEmpty ? nil : bytes.reduce(0, +) / bytes.count }
        return .init(
            latency: LoadComparison.compare(last, with: first, tolerance: options.tolerance, confidence: options.confidence),
            memoryBefore: average(memory.before), memoryAfter: average(memory.after), sizeBefore: memory.sizeBefore,
            sizeAfter: memory.sizeAfter)
    }
}

extension LoadReport.Recovery {
    /// Back is where from then on no three seconds together are slower than half as much again, and a millisecond, as before the spike.
    init(_ recorder: LoadRecorder, _ profile: LoadProfile) {
        func seconds(_ stage: String) -> Range<Int> {
            profile.range(of: stage).map { Int($0.lowerBound.rounded(.up))..<Int($0.upperBound.rounded(.up)) } ?? 0..<0
        }
        let quiet = recorder.figures(in: seconds("before")).percentile(95)
        let rest = seconds("after")
        self.init(
            before: quiet, spike: recorder.figures(in: seconds("spike")).percentile(95), after: recorder.figures(in: rest).percentile(95),
            seconds: nil)
        guard let quiet else { return }
        let windows = rest.map { recorder.figures(in: $0..<min($0 + 3, rest.upperBound)).percentile(95) }
        self.seconds = Self.recovered(windows, before: quiet).map(Double.init)
    }

    /// - Parameter windows: 95th percentiles from each second after the spike on; nil where nothing was answered.
    static func recovered(_ windows: [Double?], before: Double) -> Int? {
        let isSlow = windows.map { window in window.map { $0 > before * 1.5 + 1 } ?? false }
        guard let last = isSlow.lastIndex(of: true) else { return 0 }
        return last + 1 < windows.count ? last + 1 : nil
    }
}
