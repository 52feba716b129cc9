/// How much is at stake.
public enum LintSeverity: String, Sendable, Codable, CaseIterable, Comparable {
    /// It blocks nobody and destroys nothing, but is seldom meant.
    case notice
    /// It blocks other sessions for as long as it runs.
    case warning
    /// It destroys rows or breaks the running program, opens what should stay closed, or fails.
    case error

    public static func < (a: LintSeverity, b: LintSeverity) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
