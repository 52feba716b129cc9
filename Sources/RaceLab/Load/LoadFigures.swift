import Foundation
import Histogram

/// What a load measured in some time, of all operations or of one.
///
/// Latencies count from the intended start of an operation, so waiting for a free connection is part of them and a server that stalls
/// shows in all operations it kept waiting, not only in the one it stalled. Source: G. Tene, "How NOT to measure latency", 2013.
struct LoadFigures: Sendable {
    /// In microseconds, of all answers, errors too.
    private(set) var latency = Histogram<UInt64>(highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
    var errors = 0
    /// Arrivals that were never served.
    var dropped = 0
    /// The time it was measured in.
    var seconds = 0.0
    private static let longest: UInt64 = 3_600_000_000

    var answered: Int { Int(latency.totalCount) }
    /// All arrivals that there is an outcome of.
    var settled: Int { answered + dropped }
    var rate: Double { seconds > 0 ? Double(answered) / seconds : 0 }
    var errorRate: Double? { settled > 0 ? Double(errors + dropped) / Double(settled) : nil }
    var mean: Double? { answered > 0 ? latency.mean / 1000 : nil }
    var maximum: Double? { percentile(100) }

    /// In milliseconds; nil when nothing was answered.
    func percentile(_ percentile: Double) -> Double? {
        answered > 0 ? Double(latency.valueAtPercentile(percentile)) / 1000 : nil
    }

    mutating func record(microseconds: UInt64, count: Int = 1) {
        latency.record(min(microseconds, Self.longest), count: UInt64(count))
    }

    /// How it would end if all that is still to come were answered at once: nothing can go better.
    func completed(by remaining: Int) -> LoadFigures {
        var figures = self
        if remaining > 0 { figures.record(microseconds: 0, count: remaining) }
        return figures
    }

    /// The percentile distribution that HdrHistogram's plotters read, in milliseconds.
    var distribution: String {
        var text = ""
        latency.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1000)
        return text
    }
}
