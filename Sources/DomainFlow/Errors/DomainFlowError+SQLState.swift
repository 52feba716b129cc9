import PQClient

extension DomainFlowError.Code {
    /// The code for an error of the client or the server.
    init(_ error: PostgresError, mayBeDone: Bool) {
        switch error.kind {
        case .server: self = error.sqlState.map(Self.init(server:)) ?? .sysInternal
        case .connection:
            if mayBeDone {
                self = .sysOutcomeUnknown
            } else {
                self = error.sqlState.map { $0.hasPrefix("57P") || $0.hasPrefix("53") } == true ? .sysUnavailable : .sysConnectionLost
            }
        // A pool without a free connection reports a timeout with 53300.
        case .timeout: self = error.sqlState == "53300" ? .sysPoolExhausted : .sysTimeout
        case .cancelled: self = .sysCancelled
        case .outcomeUnknown: self = .sysOutcomeUnknown
        case .protocolViolation, .decoding, .usage: self = .sysInternal
        }
    }

    /// The registry first, then PostgreSQL's own SQLSTATEs, then their classes (PostgreSQL documentation, appendix A).
    private init(server state: String) {
        self = Self(sqlState: state) ?? Self.states[state] ?? Self.classes[String(state.prefix(2))] ?? .sysInternal
    }

    private static let states: [String: Self] = [
        "22003": .valOutOfRange,
        "22008": .valOutOfRange,
        "22004": .valMissingArgument,
        "23502": .valMissingArgument,
        "23503": .resReference,
        "23505": .resAlreadyExists,
        "23514": .valInvalidArgument,
        "23P01": .resAlreadyExists,
        "40003": .sysOutcomeUnknown,
        "42501": .authForbidden,
        "55006": .resLocked,
        "55P03": .resLocked,
        "57014": .sysTimeout,
        "25P03": .sysTimeout,
        "P0002": .resNotFound,
    ]

    private static let classes: [String: Self] = [
        "08": .sysConnectionLost,
        "0A": .sysUnsupported,
        "22": .valInvalidArgument,
        "23": .valInvalidArgument,
        "28": .sysConfiguration,
        "3D": .sysConfiguration,
        "40": .sysSerializationFailure,
        // Mostly a missing function or table: the installation is older than the client.
        "42": .sysConfiguration,
        "53": .sysUnavailable,
        "57": .sysUnavailable,
    ]
}
