import Histogram

/// What a pool counts: since it was made, or since the last interval was taken.
struct PoolCounters {
    var leases = 0
    var timeouts = 0
    var cancelled = 0
    var created = 0
    var connectFailures = 0
    var leaks = 0
    private(set) var closed: [PostgresPool.CloseReason: Int] = [:]
    /// Microseconds, up to a day: two digits take about 30 kB.
    private var waits = Histogram<UInt64>(highestTrackableValue: longestTracked, numberOfSignificantValueDigits: .two)
    private var buckets = [Int](repeating: 0, count: PostgresPool.WaitTimes.bounds.count + 1)
    private var longest = Duration.zero
    private var total = Duration.zero

    private static let longestTracked: UInt64 = 86_400_000_000

    mutating func lent(after wait: Duration) {
        leases += 1
        total += wait
        longest = max(longest, wait)
        let microseconds = UInt64(max(0, wait.wholeMicroseconds))
        _ = waits.record(min(microseconds, Self.longestTracked))
        // The bounds double from a millisecond on.
        let milliseconds = max(1, (microseconds + 999) / 1000)
        buckets[min(buckets.count - 1, UInt64.bitWidth - (milliseconds - 1).leadingZeroBitCount)] += 1
    }

    mutating func close(_ reason: PostgresPool.CloseReason) { closed[reason, default: 0] += 1 }

    var waitTimes: PostgresPool.WaitTimes {
        func percentile(_ percent: Double) -> Duration { min(longest, .microseconds(Int64(waits.valueAtPercentile(percent)))) }
        return PostgresPool.WaitTimes(
            count: leases, mean: leases == 0 ? .zero : total / leases, median: percentile(50), p95: percentile(95), p99: percentile(99),
            max: longest, buckets: buckets)
    }
}

extension Duration {
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000
    }
}
