/// What a load measured, and whether it kept what it was to keep. Latencies are in milliseconds from the intended start.
public struct LoadReport: Sendable, Encodable {
    public struct Line: Sendable, Encodable {
        /// nil for all operations together.
        public var operation: String?
        public var count: Int
        public var perSecond: Double
        /// nil when nothing was answered.
        public var avg, p50, p90, p95, p99, p999, max: Double?
        /// Answers that no operation expects, lost connections among them.
        public var errors: Int

        init(_ figures: LoadFigures, operation: String? = nil) {
            self.operation = operation
            (count, perSecond, errors) = (figures.answered, figures.rate, figures.errors)
            (avg, p50, p90) = (figures.mean, figures.percentile(50), figures.percentile(90))
            (p95, p99, p999, max) = (figures.percentile(95), figures.percentile(99), figures.percentile(99.9), figures.maximum)
        }
    }

    public struct Verdict: Sendable, Encodable {
        public var threshold: String
        /// nil when there was nothing to measure.
        public var value: Double?
        public var held: Bool

        init(_ threshold: LoadThreshold, _ figures: LoadFigures) {
            self.threshold = threshold.description
            (value, held) = (threshold.value(in: figures), threshold.holds(in: figures))
        }
    }

    /// One step of a stress.
    public struct Step: Sendable, Encodable {
        public var rate: Double
        public var count: Int
        public var p95: Double?
        public var thresholds: [Verdict]
        public var held: Bool { thresholds.allSatisfy(\.held) }
    }

    /// How a spike passed.
    public struct Recovery: Sendable, Encodable {
        /// The 95th percentile before, during and after.
        public var before, spike, after: Double?
        /// From the end of the spike until the latency was back for good; nil when it was not before the end.
        public var seconds: Double?
    }

    /// How the last third of a soak compares with its first.
    public struct Drift: Sendable, Encodable {
        public var latency: [LoadComparison]
        /// Bytes after the first third and at the end, nil where the role may not ask: of a client's server process on average, of the
        /// database.
        public var memoryBefore, memoryAfter, sizeBefore, sizeAfter: Int?
        /// More than a tenth and more than a megabyte.
        public var memoryGrows: Bool {
            guard let memoryBefore, let memoryAfter else { return false }
            return memoryAfter - memoryBefore > max(memoryBefore / 10, 1 << 20)
        }
        public var isShown: Bool { memoryGrows || latency.contains { $0.verdict == .regression } }
    }

    public var scenario: String
    public var profile: LoadProfile.Kind
    public var stages: [LoadProfile.Stage]
    /// Operations per second at the peak.
    public var rate: Double
    public var arrivals: LoadArrivals.Spacing
    public var seed: UInt64
    public var connections: Int
    /// How long the profile is, and how long the load lasted, in seconds.
    public var planned, seconds: Double
    public var interrupted: Bool
    /// The threshold that the load was ended for before its time.
    public var aborted: String?
    public var total: Line
    public var operations: [Line]
    /// Arrivals that were never served: too many waited.
    public var dropped: Int
    public var errorRate: Double?
    /// How much later operations started than meant although a client was free, as a 99th percentile: what the program adds itself.
    public var lateness: Double?
    /// The 95th percentile of each second.
    public var p95BySecond: [Double?]
    public var thresholds: [Verdict] = []
    public var steps: [Step]?
    public var recovery: Recovery?
    public var drift: Drift?
    public var comparison: [LoadComparison]?
    /// As the race lab judges a run.
    public var invariants: [RaceReport.InvariantReport]
    public var tallies: [RaceReport.TallyReport]
    public var failures: [RaceReport.Failure]
    public var history: String
    /// What a baseline keeps.
    public var batches: LoadBatches
    /// The percentile distribution in HdrHistogram's text.
    public var distribution: String

    /// The highest rate of a stress whose thresholds held, with all before it.
    public var highestHeld: Double? { steps?.prefix { $0.held }.last?.rate }
    public var promisesHeld: Bool {
        invariants.allSatisfy { $0.violations == 0 } && tallies.allSatisfy { $0.missing == 0 }
            && !failures.contains { $0.operation == "settle" }
    }
    /// A stress holds when all its steps did; the totals over all of them say nothing.
    public var thresholdsHeld: Bool { steps.map { $0.allSatisfy(\.held) } ?? thresholds.allSatisfy(\.held) }
    public var regressed: Bool { comparison?.contains { $0.verdict == .regression } ?? false }
    /// Whether there was enough to compare with the baseline, if that was asked for.
    public var isCompared: Bool { comparison?.contains { $0.name != "rate" && $0.verdict != .tooFew } ?? true }
    public var held: Bool { promisesHeld && thresholdsHeld && !regressed && isCompared && drift?.isShown != true }

    private enum Key: String, CodingKey {
        case scenario, profile, stages, rate, arrivals, seed, connections, planned, seconds, interrupted, aborted, total, operations
        case dropped, errorRate, lateness, p95BySecond, thresholds, steps, highestHeld, recovery, drift, comparison, invariants, tallies
        case failures, history, batches, promisesHeld, thresholdsHeld, regressed, held
    }

    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(scenario, forKey: .scenario)
        try object.encode(profile, forKey: .profile)
        try object.encode(stages, forKey: .stages)
        try object.encode(rate, forKey: .rate)
        try object.encode(arrivals, forKey: .arrivals)
        // As text: JSON readers that hold numbers as doubles would change it.
        try object.encode(String(seed), forKey: .seed)
        try object.encode(connections, forKey: .connections)
        try object.encode(planned, forKey: .planned)
        try object.encode(seconds, forKey: .seconds)
        try object.encode(interrupted, forKey: .interrupted)
        try object.encodeIfPresent(aborted, forKey: .aborted)
        try object.encode(total, forKey: .total)
        try object.encode(operations, forKey: .operations)
        try object.encode(dropped, forKey: .dropped)
        try object.encodeIfPresent(errorRate, forKey: .errorRate)
        try object.encodeIfPresent(lateness, forKey: .lateness)
        try object.encode(p95BySecond, forKey: .p95BySecond)
        try object.encode(thresholds, forKey: .thresholds)
        try object.encodeIfPresent(steps, forKey: .steps)
        try object.encodeIfPresent(highestHeld, forKey: .highestHeld)
        try object.encodeIfPresent(recovery, forKey: .recovery)
        try object.encodeIfPresent(drift, forKey: .drift)
        try object.encodeIfPresent(comparison, forKey: .comparison)
        try object.encode(invariants, forKey: .invariants)
        try object.encode(tallies, forKey: .tallies)
        try object.encode(failures, forKey: .failures)
        try object.encode(history, forKey: .history)
        try object.encode(batches, forKey: .batches)
        try object.encode(promisesHeld, forKey: .promisesHeld)
        try object.encode(thresholdsHeld, forKey: .thresholdsHeld)
        try object.encode(regressed, forKey: .regressed)
        try object.encode(held, forKey: .held)
    }
}
