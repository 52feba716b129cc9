import PQClient

/// The answer to a transition. A refusal is an answer too, not an error.
public struct TransitionResult: Sendable, Hashable {
    public var success: Bool
    public var fromState, toState: String?
    public var newVersion: Int64?
    /// A code of the error registry, e.g. `BIZ_INVALID_TRANSITION`.
    public var errorCode: String?
    public var errorMessage: String?

    init(_ row: PostgresRow) throws {
        success = try row.get("success")
        fromState = try row.get("from_state")
        toState = try row.get("to_state")
        newVersion = try row.get("new_version")
        errorCode = try row.get("error_code")
        errorMessage = try row.get("error_message")
    }

    static let columns = "success, from_state, to_state, new_version, error_code, error_message"
}
