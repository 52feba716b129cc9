/// One violation of a rule, at the line that causes it.
public struct LintFinding: Sendable, Codable, Equatable {
    public var rule: LintRule
    public var severity: LintSeverity
    public var step: String
    public var file: String
    public var line: Int
    public var message: String
}
