import RaceLab

/// The outcome of one change of the code.
struct MutationVerdict: Encodable {
    enum Outcome: String, Encodable {
        case killed, survived
        /// A harmless change that broke no promise, or that broke one.
        case clean, flagged
        /// It no longer fits its function.
        case stale

        var isGood: Bool { self == .killed || self == .clean }
    }
    enum Mode: String, Encodable {
        case hammer, explore
    }
    var scenario, change: String
    var harmless: Bool
    var outcome = Outcome.survived
    /// What noticed it.
    var mode: Mode?
    /// All rounds together.
    var operations = 0
    var rounds = 0
    var schedules = 0
    /// From the first database to the last judgement.
    var seconds = 0.0
    /// The promises that were broken, or why the change does not fit.
    var by: [String] = []
    /// Of the last round. As text: JSON readers that hold numbers as doubles would change it.
    var seed: String

    /// What it took: `1,234 operations, 12 schedules`.
    var effort: String {
        var parts: [String] = []
        if operations > 0 { parts.append("\(OutputFormat.count(operations)) operations") }
        if rounds > 1 { parts.append("\(rounds) rounds") }
        if schedules > 0 { parts.append("\(OutputFormat.count(schedules)) schedules") }
        return parts.joined(separator: ", ")
    }
}
