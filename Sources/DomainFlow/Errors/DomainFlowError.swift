import PQClient

/// An error as callers of a service see it: a code of the registry with what happened, and the request that it happened to.
///
/// All calls of ``DomainFlowClient`` throw it; errors of a caller's own pass through them as they are.
public struct DomainFlowError: Error, Sendable, PostgresErrorWrapper {
    public var code: Code
    public var message: String
    /// The server's, where it said one, else the code's.
    public var sqlState: String
    public var detail: String?
    public var hint: String?
    /// ``Correlation/id`` where the error arose.
    public var correlationID: String?
    /// What PostgreSQL or the client said.
    public var postgresError: PostgresError?

    public init(
        _ code: Code, _ message: String, sqlState: String? = nil, detail: String? = nil, hint: String? = nil,
        correlationID: String? = Correlation.id, postgresError: PostgresError? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState ?? code.entry.sqlState
        self.detail = detail
        self.hint = hint
        self.correlationID = correlationID
        self.postgresError = postgresError
    }

    /// Any error. What is not known to the registry is `SYS_INTERNAL`.
    ///
    /// - Parameter mayBeDone: a lost connection leaves open whether the call was done, as it does outside a transaction.
    public init(_ error: any Error, mayBeDone: Bool = false) {
        switch error {
        case let error as DomainFlowError: self = error
        case let error as BatchError where !error.failedCompensations.isEmpty:
            self.init(
                .bizCompensationFailed, "\(error.failedCompensations.map(\.name).joined(separator: ", ")) could not be taken back",
                detail: error.description, hint: "look after it by hand; see the failure of each compensation",
                postgresError: error.postgresError)
        case let error as BatchError: self.init(error.cause, mayBeDone: mayBeDone)
        case let error as PostgresError: self.init(postgres: error, mayBeDone: mayBeDone)
        case is CancellationError: self.init(.sysCancelled, Code.sysCancelled.entry.description)
        default: self.init(.sysInternal, String(describing: error))
        }
    }

    private init(postgres error: PostgresError, mayBeDone: Bool) {
        self.init(
            Code(error, mayBeDone: mayBeDone), error.message, sqlState: error.sqlState, detail: error.detail, hint: error.hint,
            postgresError: error)
    }

    public var httpStatus: Int { code.entry.httpStatus }

    /// The same call may succeed if the whole transaction is tried again, and nothing of it has happened yet.
    public var isRetryable: Bool { code.entry.isRetryable }
}

extension DomainFlowError: Encodable {
    private enum CodingKeys: String, CodingKey {
        case code, sqlstate, message, detail, hint, retryable
        case httpStatus = "http_status"
        case correlationID = "correlation_id"
    }

    /// One object: code, sqlstate, http_status, retryable, message, and detail, hint and correlation_id where there are any.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(sqlState, forKey: .sqlstate)
        try container.encode(httpStatus, forKey: .httpStatus)
        try container.encode(isRetryable, forKey: .retryable)
        try container.encode(message, forKey: .message)
        try container.encodeIfPresent(detail, forKey: .detail)
        try container.encodeIfPresent(hint, forKey: .hint)
        try container.encodeIfPresent(correlationID, forKey: .correlationID)
    }
}

extension DomainFlowError: CustomStringConvertible {
    /// The message with code and SQLSTATE, then detail, hint and correlation id on lines of their own.
    public var description: String {
        var text = "\(message) (\(code.rawValue), SQLSTATE \(sqlState))"
        if let detail { text += "\n  detail: \(detail)" }
        if let hint { text += "\n  hint: \(hint)" }
        if let correlationID { text += "\n  correlation id: \(correlationID)" }
        return text
    }
}
