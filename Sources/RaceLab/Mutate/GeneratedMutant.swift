/// A function with one change that a rule made, not a person: what every test and scenario together should notice.
public struct GeneratedMutant: Sendable, Equatable {
    /// The rules, in the order in which they are reported.
    public enum Operator: String, Sendable, CaseIterable, Codable {
        /// A part of a condition that AND or OR joins is left out; the only condition of a WHERE or ON becomes true.
        case dropPredicate = "drop-predicate"
        /// A locking clause, its SKIP LOCKED or NOWAIT, LOCK TABLE, or the call of a function that locks is left out.
        case dropLock = "drop-lock"
        case dropOrder = "drop-order"
        case dropLimit = "drop-limit"
        /// The condition of IF, EXIT WHEN or CONTINUE WHEN becomes false.
        case dropCheck = "drop-check"
        /// A PERFORM is left out.
        case dropCall = "drop-call"
        /// = becomes <>, < becomes <=, > becomes >=, and the other way round.
        case swapComparison = "swap-comparison"
        /// A statement changes places with the one after it.
        case moveStatement = "move-statement"
        /// RAISE EXCEPTION does nothing.
        case swallowError = "swallow-error"
    }

    /// `schema.name`, with its argument types if the name is overloaded.
    public var function: String
    public var change: Operator
    /// As PL/pgSQL counts them: 1 is the line on which the body begins.
    public var line: Int
    /// The text that is replaced and its replacement, each on one line, cut to a readable length.
    public var before, after: String
    /// Tells mutants of a function apart whose operator and texts are the same: 1 for the first.
    public var number = 1
    /// Of the definition, in bytes.
    var range: Range<Int>
    var replacement: String

    /// The mutated function.
    public func applied(to definition: String) -> String {
        let bytes = Array(definition.utf8)
        return String(decoding: bytes[..<range.lowerBound] + Array(replacement.utf8) + bytes[range.upperBound...], as: UTF8.self)
    }

    /// For the explorer and the hammer, which writes files by this name, of two mutants at once.
    public func scenarioMutant(of definition: String) -> Scenario.Mutant {
        let place = "\(range.lowerBound)+\(replacement.utf8.count)"
        return Scenario.Mutant(name: "\(function):\(line) \(change.rawValue) \(place)", change: .script(applied(to: definition)))
    }
}
