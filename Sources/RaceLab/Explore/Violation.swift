/// Why a schedule is no good.
public enum Violation: Sendable, Hashable {
    /// Rows that must not exist were there afterwards.
    case invariant(String)
    /// No serial order of the transactions gives these results and this state.
    case notSerial
    /// What the transactions said that they read and wrote does not stand a check: the check, and what was found.
    case anomaly(String, String)
    /// A step ended with this SQLSTATE, which the scenario does not expect.
    case error(String)
    /// A session waited for a lock although none is to.
    case waited

    public var summary: String {
        switch self {
        case .invariant(let name): "invariant '\(name)' is violated"
        case .notSerial: "no serial order gives these results"
        case .anomaly(let check, let name): "the history is not \(check): \(name)"
        case .error(let state): "a step failed with \(state)"
        case .waited: "a session waited for a lock"
        }
    }
}

/// The name up to 0.3. Goes with the next release.
@available(*, deprecated, renamed: "Violation")
public typealias Fault = Violation
