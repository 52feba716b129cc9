import Foundation

/// A measured time cut into ten parts of equal length: what two loads are compared by.
///
/// Latencies of one moment resemble each other, those of parts that are long enough hardly do (the method of batch means; A. Law,
/// "Simulation Modeling and Analysis", McGraw-Hill, chapter 9).
public struct LoadBatches: Sendable, Codable, Equatable {
    /// Milliseconds in each part; empty where the parts have too few answers for that percentile.
    public var p50, p95, p99: [Double]
    /// Answers per second in each part.
    public var rate: [Double]

    static let count = 10
    /// Answers that each part needs for the percentile to mean something, and not be its greatest value.
    public static func needed(for name: String) -> Int { needed[name] ?? 1 }
    private static let needed = ["p50": 10, "p95": 40, "p99": 200]

    init(p50: [Double], p95: [Double], p99: [Double], rate: [Double]) { (self.p50, self.p95, self.p99, self.rate) = (p50, p95, p99, rate) }

    /// - Parameter seconds: whole seconds since the load began.
    init(_ recorder: LoadRecorder, in seconds: Range<Int>) {
        let length = seconds.count / Self.count
        let parts: [LoadFigures] =
            length == 0
            ? []
            : (0..<Self.count).map { part in
                let begin = seconds.lowerBound + part * length
                return recorder.figures(in: begin..<begin + length)
            }
        func values(_ percentile: Double) -> [Double] {
            guard parts.allSatisfy({ $0.answered >= Self.needed(for: "p\(Int(percentile))") }) else { return [] }
            return parts.map { $0.percentile(percentile) ?? 0 }
        }
        self.init(p50: values(50), p95: values(95), p99: values(99), rate: parts.map(\.rate))
    }
}

/// How one value of a load stands to what it was: a ratio, and the interval that it lies in with the stated confidence.
///
/// The ratio is that of the geometric means of the parts. The interval is Welch's for the difference of two means, on logarithms
/// (B. L. Welch, "The generalization of Student's problem when several different population variances are involved", Biometrika 1947).
/// Unlike a bootstrap it draws nothing, so the same figures always give the same verdict.
public struct LoadComparison: Sendable, Encodable {
    public enum Verdict: String, Sendable, Encodable {
        /// The whole interval is worse than the tolerance allows.
        case regression
        /// The whole interval is better by more than the tolerance.
        case improvement
        /// The whole interval is no worse than the tolerance allows.
        case noRegression = "no regression"
        /// The interval lies on both sides of what is tolerated: a regression is neither shown nor ruled out.
        case undecided
        /// There are not enough answers to say anything.
        case tooFew = "too few samples"
    }

    public var name: String
    /// New by old; nil with too few samples.
    public var ratio, low, high: Double?
    public var confidence: Double
    public var verdict: Verdict

    /// - Parameter tolerance: 0.05 takes up to 5 % worse for no regression.
    static func compare(_ new: LoadBatches, with old: LoadBatches, tolerance: Double, confidence: Double) -> [LoadComparison] {
        func latency(_ name: String, _ values: KeyPath<LoadBatches, [Double]>) -> LoadComparison {
            .init(name, new[keyPath: values], old[keyPath: values], worse: 1, tolerance: tolerance, confidence: confidence)
        }
        return [
            latency("p50", \.p50), latency("p95", \.p95), latency("p99", \.p99),
            .init("rate", new.rate, old.rate, worse: -1, tolerance: tolerance, confidence: confidence),
        ]
    }

    /// - Parameter worse: 1 when more is worse, -1 when less is.
    init(_ name: String, _ new: [Double], _ old: [Double], worse: Double, tolerance: Double, confidence: Double) {
        self.name = name
        self.confidence = confidence
        guard new.count >= LoadBatches.count, old.count >= LoadBatches.count else {
            verdict = .tooFew
            return
        }
        // A part without any answer has no logarithm; one microsecond or one answer in a thousand seconds stands for it.
        let (a, b) = (LogMean(new.map { max($0, 0.001) }), LogMean(old.map { max($0, 0.001) }))
        let difference = a.mean - b.mean
        let variance = a.variance + b.variance
        var margin = 0.0
        if variance > 0 {
            let freedom =
                variance * variance / (a.variance * a.variance / Double(new.count - 1) + b.variance * b.variance / Double(old.count - 1))
            margin = StudentT.quantile((1 + confidence) / 2, degreesOfFreedom: freedom) * variance.squareRoot()
        }
        (ratio, low, high) = (exp(difference), exp(difference - margin), exp(difference + margin))
        // As if more were worse, with both bounds as logarithms.
        let (least, most) = worse > 0 ? (difference - margin, difference + margin) : (-difference - margin, -difference + margin)
        let bound = log(1 + tolerance)
        verdict = least > bound ? .regression : most < -bound ? .improvement : most <= bound ? .noRegression : .undecided
    }

    /// The mean of logarithms and the variance of that mean.
    private struct LogMean {
        var mean, variance: Double
        init(_ values: [Double]) {
            let logs = values.map { log($0) }
            let mean = logs.reduce(0, +) / Double(logs.count)
            self.mean = mean
            variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(logs.count - 1) / Double(logs.count)
        }
    }
}

/// Student's t distribution.
enum StudentT {
    /// The value that a variable of this distribution is below with that probability, at least 0.5.
    static func quantile(_ probability: Double, degreesOfFreedom freedom: Double) -> Double {
        // With t = tan(u) · √freedom the density is a power of a cosine, that vanishes long before forty standard deviations.
        let end = min(.pi / 2, 40 / freedom.squareRoot())
        let half = integral(to: end, freedom)
        var (low, high) = (0.0, end)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if 0.5 + integral(to: middle, freedom) / half / 2 < probability { low = middle } else { high = middle }
        }
        return tan((low + high) / 2) * freedom.squareRoot()
    }

    /// By Simpson's rule.
    private static func integral(to end: Double, _ freedom: Double) -> Double {
        func density(_ u: Double) -> Double { pow(cos(u), freedom - 1) }
        let steps = 200
        let width = end / Double(steps)
        var sum = density(0) + density(end)
        for step in 1..<steps { sum += density(Double(step) * width) * (step % 2 == 1 ? 4 : 2) }
        return sum * width / 3
    }
}
