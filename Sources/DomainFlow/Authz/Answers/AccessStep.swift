import PQClient

/// One row of the tree that explains a decision.
public struct AccessStep: Sendable, Hashable, Encodable {
    public enum Verdict: String, Sendable, Hashable, Codable {
        case no
        /// Only a circle of facts leads there, so the answer is no.
        case perhaps
        case yes
    }

    /// 0 for the root. The rows below a row follow it and are deeper by one.
    public var depth: Int
    public var step: String
    /// nil for a remark, such as the fact that would turn a denial.
    public var verdict: Verdict?

    public init(depth: Int, step: String, verdict: Verdict?) {
        self.depth = depth
        self.step = step
        self.verdict = verdict
    }

    init(_ row: PostgresRow) throws {
        depth = try row.get("depth")
        step = try row.get("step")
        verdict = try row.get("verdict", as: String?.self) == nil ? nil : row.choice("verdict")
    }
}
