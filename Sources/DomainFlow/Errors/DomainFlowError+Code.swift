extension DomainFlowError {
    /// The error registry in Swift. A test compares it with `domainflow.error_codes()`.
    public enum Code: String, Sendable, CaseIterable, Codable {
        case authUnauthenticated = "AUTH_UNAUTHENTICATED"
        case authForbidden = "AUTH_FORBIDDEN"
        case authTokenExpired = "AUTH_TOKEN_EXPIRED"
        case authTokenReused = "AUTH_TOKEN_REUSED"
        case valInvalidArgument = "VAL_INVALID_ARGUMENT"
        case valMissingArgument = "VAL_MISSING_ARGUMENT"
        case valUnknownField = "VAL_UNKNOWN_FIELD"
        case valOutOfRange = "VAL_OUT_OF_RANGE"
        case valSchemaViolation = "VAL_SCHEMA_VIOLATION"
        case resNotFound = "RES_NOT_FOUND"
        case resAlreadyExists = "RES_ALREADY_EXISTS"
        case resVersionConflict = "RES_VERSION_CONFLICT"
        case resLocked = "RES_LOCKED"
        case resExhausted = "RES_EXHAUSTED"
        case resReference = "RES_REFERENCE"
        case sysInternal = "SYS_INTERNAL"
        case sysConfiguration = "SYS_CONFIGURATION"
        case sysUnavailable = "SYS_UNAVAILABLE"
        case sysTimeout = "SYS_TIMEOUT"
        case sysUnsupported = "SYS_UNSUPPORTED"
        case sysSerializationFailure = "SYS_SERIALIZATION_FAILURE"
        case sysDeadlock = "SYS_DEADLOCK"
        case sysMissingRole = "SYS_MISSING_ROLE"
        case sysOutcomeUnknown = "SYS_OUTCOME_UNKNOWN"
        case sysCancelled = "SYS_CANCELLED"
        case sysPoolExhausted = "SYS_POOL_EXHAUSTED"
        case sysConnectionLost = "SYS_CONNECTION_LOST"
        case extUnavailable = "EXT_UNAVAILABLE"
        case extTimeout = "EXT_TIMEOUT"
        case extBadResponse = "EXT_BAD_RESPONSE"
        case rateLimited = "RATE_LIMITED"
        case rateQuotaExceeded = "RATE_QUOTA_EXCEEDED"
        case bizInvalidTransition = "BIZ_INVALID_TRANSITION"
        case bizTerminalState = "BIZ_TERMINAL_STATE"
        case bizGuardRejected = "BIZ_GUARD_REJECTED"
        case bizLeaseLost = "BIZ_LEASE_LOST"
        case bizAppendOnly = "BIZ_APPEND_ONLY"
        case bizInvariant = "BIZ_INVARIANT"
        case bizCompensationFailed = "BIZ_COMPENSATION_FAILED"

        /// SQLSTATE, HTTP status, whether to retry, and description.
        public var entry: ErrorCode {
            let (sqlState, httpStatus, isRetryable, description) = Self.registry[self]!
            return ErrorCode(
                code: rawValue, sqlState: sqlState, httpStatus: httpStatus, isRetryable: isRetryable, description: description)
        }

        /// The code with this SQLSTATE; nil if the registry has none.
        public init?(sqlState: String) {
            guard let code = Self.bySQLState[sqlState] else { return nil }
            self = code
        }

        private static let bySQLState = Dictionary(uniqueKeysWithValues: registry.map { ($0.value.0, $0.key) })

        private static let registry: [Code: (String, Int, Bool, String)] = [
            .authUnauthenticated: ("DF101", 401, false, "Nobody is signed in, or the credentials are wrong."),
            .authForbidden: ("DF102", 403, false, "The caller may not do this."),
            .authTokenExpired: ("DF103", 401, false, "The token has expired."),
            .authTokenReused: ("DF104", 401, false, "A token that was used already came back; its family is revoked."),
            .valInvalidArgument: ("DF201", 400, false, "An argument has a value that is not allowed."),
            .valMissingArgument: ("DF202", 400, false, "An argument that is required is null or empty."),
            .valUnknownField: ("DF203", 400, false, "The data names a field that does not exist."),
            .valOutOfRange: ("DF204", 400, false, "A number or a time lies outside its bounds."),
            .valSchemaViolation: ("DF205", 422, false, "The data does not follow its schema."),
            .resNotFound: ("DF301", 404, false, "There is no such thing."),
            .resAlreadyExists: ("DF302", 409, false, "The name or key is taken."),
            .resVersionConflict: ("DF303", 409, true, "Somebody else changed it since it was read."),
            .resLocked: ("DF304", 409, true, "Somebody else holds it at this moment."),
            .resExhausted: ("DF305", 409, false, "A bounded supply is used up."),
            .resReference: ("DF306", 409, false, "It refers to something that is not there, or something still refers to it."),
            .sysInternal: ("DF401", 500, false, "A mistake of ours."),
            .sysConfiguration: ("DF402", 500, false, "The installation is configured in a way that cannot work."),
            .sysUnavailable: ("DF403", 503, true, "The service cannot answer at this moment."),
            .sysTimeout: ("DF404", 504, true, "It took longer than allowed."),
            .sysUnsupported: ("DF405", 501, false, "This shape of input is not supported."),
            .sysSerializationFailure: ("40001", 503, true, "Lost against a concurrent transaction: try the whole transaction again."),
            .sysDeadlock: ("40P01", 503, true, "Victim of a deadlock: try the whole transaction again."),
            .sysMissingRole: ("DF406", 500, false, "A role of DomainFlow does not exist in this cluster."),
            .sysOutcomeUnknown: ("DF407", 500, false, "The answer to COMMIT was lost: look for the effect before doing it again."),
            .sysCancelled: ("DF408", 499, false, "The caller did not wait for the answer."),
            .sysPoolExhausted: ("DF409", 503, true, "No connection of the pool became free in time."),
            .sysConnectionLost: ("DF410", 503, true, "The connection to the database broke before anything was committed."),
            .extUnavailable: ("DF501", 503, true, "A service outside cannot be reached."),
            .extTimeout: ("DF502", 504, true, "A service outside did not answer in time."),
            .extBadResponse: ("DF503", 502, false, "A service outside answered with something unusable."),
            .rateLimited: ("DF601", 429, true, "Too many requests: wait, then try again."),
            .rateQuotaExceeded: ("DF602", 429, false, "The quota of the period is used up."),
            .bizInvalidTransition: ("DF701", 409, false, "No transition leads from this state to that one."),
            .bizTerminalState: ("DF702", 409, false, "The state is terminal: nothing leads out of it."),
            .bizGuardRejected: ("DF703", 422, false, "A guard refused the transition."),
            .bizLeaseLost: ("DF704", 409, false, "The lease ended, and somebody else may hold the job."),
            .bizAppendOnly: ("DF705", 403, false, "Rows of this table are never changed or deleted."),
            .bizInvariant: ("DF706", 500, false, "The change would break an invariant."),
            .bizCompensationFailed: ("DF707", 500, false, "An effect outside the database could not be taken back."),
        ]
    }
}
