import PQClient

/// An error as callers of a service see it: a code of the registry, a message, and the correlation id of the request.
///
/// All calls of ``DomainFlowClient`` throw it. Errors that a caller's own closure throws pass through unchanged.
public struct DomainFlowError: Error, Sendable, PostgresErrorWrapper {
    public var code: Code
    public var message: String
    /// The server's SQLSTATE if it sent one, else that of the code.
    public var sqlState: String
    public var detail: String?
    public var hint: String?
    /// The ``Correlation/id`` under which the error occurred.
    public var correlationID: String?
    /// The underlying error of PostgreSQL or the client.
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

    /// Wraps any error. Errors that the registry does not know become `SYS_INTERNAL`.
    ///
    /// - Parameter mayBeDone: whether the call may have been executed if the connection was lost, as is the case outside a transaction.
    public init(_ error: any Error, mayBeDone: Bool = false) {
        switch error {
        case let error as DomainFlowError: self = error
        case let error as BatchError where !error.failedCompensations.isEmpty:
            self.init(
                .bizCompensationFailed, "\(error.failedCompensations.map(\.name).joined(separator: ", ")) could not be undone",
                detail: error.description, hint: "undo it by hand; the detail has the failure of each compensation",
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

    /// Whether a retry of the whole transaction may succeed; nothing of it has been executed yet.
    public var isRetryable: Bool { code.entry.isRetryable }
}

extension DomainFlowError: Encodable {
    private enum CodingKeys: String, CodingKey {
        case code, sqlstate, message, detail, hint, retryable
        case httpStatus = "http_status"
        case correlationID = "correlation_id"
    }

    /// One object with code, sqlstate, http_status, retryable and message, and with detail, hint and correlation_id if there are any.
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
    /// The message with code and SQLSTATE, followed by detail, hint and correlation id on separate lines.
    public var description: String {
        var text = "\(message) (\(code.rawValue), SQLSTATE \(sqlState))"
        if let detail { text += "\n  detail: \(detail)" }
        if let hint { text += "\n  hint: \(hint)" }
        if let correlationID { text += "\n  correlation id: \(correlationID)" }
        return text
    }
}
