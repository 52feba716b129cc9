import RaceLab

/// What became of one generated mutant.
struct GeneratedVerdict: Encodable {
    enum Outcome: String, Encodable {
        case killed, survived
        /// It survived, and a person has written down why it cannot be noticed.
        case explained
        /// PostgreSQL refuses it, so no test can fail because of it.
        case invalid
    }
    let function: String
    let change: String
    let line: Int
    let before, after: String
    let number: Int
    var outcome = Outcome.survived
    /// The test file or the scenario that noticed it.
    var by: String?
    /// What failed first, or why it is invalid.
    var detail: String?
    var byScenario = false
    /// Why it cannot be noticed.
    var reason: String?
    var seconds = 0.0

    init(_ mutant: GeneratedMutant) {
        function = mutant.function
        change = mutant.change.rawValue
        line = mutant.line
        (before, after, number) = (mutant.before, mutant.after, mutant.number)
    }
}
