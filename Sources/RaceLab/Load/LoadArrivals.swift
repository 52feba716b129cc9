import Foundation

/// When operations are to start, in nanoseconds from the beginning of a load, however earlier ones fare.
///
/// Poisson arrivals of a rate that changes come from those of rate one by the inverse of the expected number of arrivals.
/// Source: E. Çinlar, "Introduction to Stochastic Processes", Prentice-Hall 1975, chapter 4.
public struct LoadArrivals: Sequence, IteratorProtocol, Sendable {
    public enum Spacing: String, CaseIterable, Sendable, Codable {
        /// Independent of each other, as many clients that know nothing of each other send them.
        case poisson
        /// At even distances.
        case constant
    }

    private let stages: [LoadProfile.Stage]
    private let spacing: Spacing
    private var generator: SplitMix64
    private var index = 0
    /// When the current stage begins.
    private var begin = 0.0
    /// Expected arrivals of the current stage that lie before the next arrival.
    private var expected: Double

    public init(_ profile: LoadProfile, spacing: Spacing, seed: UInt64) {
        stages = profile.stages
        self.spacing = spacing
        // A stream that no client has.
        generator = SplitMix64(seed: seed, client: .max)
        expected = 0
        if spacing == .poisson { expected = distance() }
    }

    private mutating func distance() -> Double {
        guard spacing == .poisson else { return 1 }
        return -log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator))
    }

    public mutating func next() -> UInt64? {
        while index < stages.count {
            let stage = stages[index]
            // Sums of shares may be off by a rounding error, and no arrival comes from that.
            if expected < stage.arrivals - 1e-9 {
                let time = begin + stage.time(of: expected)
                expected += distance()
                return UInt64(time * 1e9)
            }
            expected = Swift.max(0, expected - stage.arrivals)
            begin += stage.seconds
            index += 1
        }
        return nil
    }
}
