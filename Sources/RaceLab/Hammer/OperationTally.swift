import Histogram

/// What one client counted, or the sum of several.
struct OperationTally {
    private(set) var latency = Histogram<UInt64>(highestTrackableValue: 600_000_000_000, numberOfSignificantValueDigits: .two)
    var conflicts = 0
    var retries = 0
    var unknown = 0
    /// The first answer, until another one differs.
    private var first: [ResultRows]?
    private(set) var differs = false

    mutating func note(_ answer: [ResultRows]) {
        guard !differs else { return }
        guard let first else {
            first = answer
            return
        }
        differs = first != answer
    }

    mutating func record(nanoseconds: UInt64) { _ = latency.record(nanoseconds) }

    mutating func add(_ other: OperationTally) {
        latency.add(other.latency)
        conflicts += other.conflicts
        retries += other.retries
        unknown += other.unknown
        differs = differs || other.differs
        if let answer = other.first { note(answer) }
    }

    func report(name: String, seconds: Double) -> RaceReport.OperationReport {
        let count = Int(latency.totalCount)
        func microseconds(_ percentile: Double) -> Double { count == 0 ? 0 : Double(latency.valueAtPercentile(percentile)) / 1000 }
        return .init(
            name: name, count: count, perSecond: seconds > 0 ? Double(count) / seconds : 0, p50: microseconds(50), p95: microseconds(95),
            p99: microseconds(99), max: microseconds(100), conflicts: conflicts, retries: retries, unknown: unknown, differs: differs)
    }
}
