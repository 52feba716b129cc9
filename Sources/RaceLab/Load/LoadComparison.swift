import Foundation

/// How one value of a load compares with an earlier one: a ratio, and the interval that contains it with the stated confidence.
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
        case undecided = "no verdict"
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
