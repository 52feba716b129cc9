import Foundation

/// A bound that a load must keep: `p(95)<500`, `error_rate<0.01`, `rate>100`, or of one operation `claim:p(99)<50`.
///
/// Latencies (`p(N)`, `avg`, `max`) are in milliseconds, `rate` in answers per second, `dropped` in arrivals, `error_rate` is the share
/// of arrivals that ended in an error or were dropped.
public struct LoadThreshold: Sendable, Equatable, CustomStringConvertible {
    enum Measure: Sendable, Equatable {
        case percentile(Double)
        case average, maximum, errorRate, rate, dropped
    }
    enum Comparison: String, CaseIterable, Sendable {
        // The longer ones first: they begin like the shorter ones.
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"

        var isUpperBound: Bool { self == .atMost || self == .below }
    }

    /// As it was written.
    public let description: String
    /// nil means all of them.
    public let operation: String?
    let measure: Measure
    let comparison: Comparison
    let limit: Double

    /// Where a text is not a threshold, and what was expected there; the column counts characters from 1.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public var text: String
        public var column: Int
        public var message: String
        public var description: String { "threshold '\(text)', character \(column): \(message)" }
    }

    public init(_ text: String) throws(Problem) {
        description = text
        func problem(_ at: String.Index, _ message: String) -> Problem {
            Problem(text: text, column: text.distance(from: text.startIndex, to: at) + 1, message: message)
        }
        guard let sign = text.firstIndex(where: { $0 == "<" || $0 == ">" }),
            let comparison = Comparison.allCases.first(where: { text[sign...].hasPrefix($0.rawValue) })
        else { throw problem(text.endIndex, "expected <, <=, > or >= and a number, as in p(95)<500") }
        self.comparison = comparison
        var subject = text[..<sign]
        if let colon = subject.lastIndex(of: ":") {
            operation = subject[..<colon].trimmingCharacters(in: .whitespaces)
            subject = subject[subject.index(after: colon)...]
        } else {
            operation = nil
        }
        subject = subject.drop(while: \.isWhitespace)
        let name = subject.trimmingCharacters(in: .whitespaces)
        switch name {
        case "avg": measure = .average
        case "max": measure = .maximum
        case "error_rate": measure = .errorRate
        case "rate": measure = .rate
        case "dropped": measure = .dropped
        default:
            guard name.hasPrefix("p("), name.hasSuffix(")") else {
                throw problem(
                    subject.startIndex, "'\(name)' is not a measure; there are p(95) and the like, avg, max, error_rate, rate and dropped")
            }
            let digits = name.dropFirst(2).dropLast()
            guard let percentile = Double(digits), percentile > 0, percentile <= 100 else {
                throw problem(
                    subject.index(subject.startIndex, offsetBy: 2), "'\(digits)' is not a percentile; it must be above 0 and at most 100")
            }
            measure = .percentile(percentile)
        }
        let number = text[sign...].dropFirst(comparison.rawValue.count)
        let start = number.firstIndex { !$0.isWhitespace } ?? text.endIndex
        guard let limit = Double(number.trimmingCharacters(in: .whitespaces)), limit.isFinite, limit >= 0 else {
            throw problem(start, "expected a number of 0 or more without a unit, found '\(text[start...])'")
        }
        self.limit = limit
    }

    /// What is wrong with a threshold whose operation the scenario does not have; nil when it has it.
    func problem(among operations: [String]) -> String? {
        guard let operation, !operations.contains(operation) else { return nil }
        let names = operations.map { "'\($0)'" }.joined(separator: ", ")
        return "threshold '\(description)': there is no operation '\(operation)'; there are \(names)"
    }
}
