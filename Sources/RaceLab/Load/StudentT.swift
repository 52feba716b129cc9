import Foundation

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
