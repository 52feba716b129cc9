import Foundation
import Histogram

/// The work of one worker, or the sum of several.
struct WorkReport: Codable {
    /// Latencies by function, in nanoseconds.
    private(set) var latency: [String: Histogram<UInt64>] = [:]
    /// Jobs that were claimed, and jobs whose transaction committed.
    var claimed = 0
    var done = 0
    var names = 0
    /// Jobs put back because their campaign was paused or had ended.
    var putBack = 0
    /// Jobs that belonged to another worker by then.
    var stale = 0
    var failed = 0
    /// Transactions repeated after a serialization failure or a deadlock.
    var retries = 0
    var reconnects = 0

    mutating func record(_ function: String, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds / 1_000_000_000))
        _ = latency[function, default: Self.empty].record(min(nanoseconds, Self.longest))
    }

    mutating func add(_ other: WorkReport) {
        for (function, histogram) in other.latency { latency[function, default: Self.empty].add(histogram) }
        claimed += other.claimed
        done += other.done
        names += other.names
        putBack += other.putBack
        stale += other.stale
        failed += other.failed
        retries += other.retries
        reconnects += other.reconnects
    }

    private static let longest: UInt64 = 600_000_000_000
    private static var empty: Histogram<UInt64> { Histogram(highestTrackableValue: longest, numberOfSignificantValueDigits: .two) }

    /// Latency of one function, in milliseconds.
    struct Function: Encodable {
        var function: String
        var calls: Int
        var p50, p95, p99, max: Double
    }

    var functions: [Function] {
        latency.sorted { $0.key < $1.key }.map { function, histogram in
            func milliseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1_000_000 }
            return Function(
                function: function, calls: Int(histogram.totalCount), p50: milliseconds(50), p95: milliseconds(95), p99: milliseconds(99),
                max: milliseconds(100))
        }
    }

    func table(_ tables: TableOptions) -> String {
        var table = OutputTable(["function", "calls>", "p50>", "p95>", "p99>", "max>"])
        for function in functions {
            table.add(
                [function.function, OutputFormat.count(function.calls)]
                    + [function.p50, function.p95, function.p99, function.max].map { OutputFormat.duration(seconds: $0 / 1000) })
        }
        return table.render(indent: "  ", width: tables.width)
    }
}
