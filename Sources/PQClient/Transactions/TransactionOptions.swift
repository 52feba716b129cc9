/// How a transaction is run.
public struct TransactionOptions: Sendable {
    public enum Isolation: String, Sendable, CaseIterable {
        case readCommitted = "READ COMMITTED"
        case repeatableRead = "REPEATABLE READ"
        case serializable = "SERIALIZABLE"
    }

    /// When the transaction's id is learned, which is needed to ask the server about its outcome.
    public enum IDSource: Sendable {
        /// Never: a COMMIT whose answer is lost stays `outcomeUnknown`.
        case none
        /// In the round trip of BEGIN. The transaction gets an id even if it writes nothing, and takes its snapshot then.
        case withBegin
        /// In a round trip of its own before COMMIT; only transactions that wrote have one.
        case beforeCommit
    }

    /// What the transaction is called in errors and metrics.
    public var name: String?
    /// nil: the server's default.
    public var isolation: Isolation?
    public var readOnly: Bool
    /// With `.serializable` and `readOnly`: waits for a snapshot that cannot fail.
    public var deferrable: Bool
    /// Time limit of the whole transaction, including retries. When it has passed, the running statement is cancelled on the server, and
    /// further ones are refused.
    public var timeout: Duration?
    /// How often it is retried after a serialization failure or a deadlock, or because a prepared statement was lost or its columns have
    /// changed.
    public var maxRetries: Int
    public var backoff: Backoff
    /// Further errors of the server after which the whole body may run again, e.g. a unique violation.
    /// Serialization failures and deadlocks are always among them.
    public var alsoRetry: (@Sendable (PostgresError) -> Bool)?
    /// Called before each retry with its number and the error of the last try.
    public var onRetry: (@Sendable (Int, PostgresError) -> Void)?
    /// Run-time parameters for this transaction only, e.g. `["lock_timeout": "2s"]`. They travel with BEGIN and are gone with
    /// COMMIT or ROLLBACK.
    public var settings: [String: String] = [:]
    /// nil: none when it is read-only, before COMMIT with repeatable read and serializable (whose snapshot the body may want to
    /// delay by taking locks first), else with BEGIN.
    public var idSource: IDSource?
    /// How long the server is asked, on new connections, about a COMMIT whose answer was lost. Zero: not at all.
    public var resolveWithin: Duration = .seconds(30)
    /// Told once, when the transaction has ended for good.
    public var observer: (any TransactionObserver)?

    public init(
        name: String? = nil, isolation: Isolation? = nil, readOnly: Bool = false, deferrable: Bool = false,
        timeout: Duration? = nil, maxRetries: Int = 10, backoff: Backoff = Backoff(),
        alsoRetry: (@Sendable (PostgresError) -> Bool)? = nil, onRetry: (@Sendable (Int, PostgresError) -> Void)? = nil,
        settings: [String: String] = [:], idSource: IDSource? = nil, resolveWithin: Duration = .seconds(30),
        observer: (any TransactionObserver)? = nil
    ) {
        self.name = name
        self.isolation = isolation
        self.readOnly = readOnly
        self.deferrable = deferrable
        self.timeout = timeout
        self.maxRetries = maxRetries
        self.backoff = backoff
        self.alsoRetry = alsoRetry
        self.onRetry = onRetry
        self.settings = settings
        self.idSource = idSource
        self.resolveWithin = resolveWithin
        self.observer = observer
    }

    var label: String { name.map { "transaction \($0)" } ?? "the transaction" }

    var effectiveIDSource: IDSource {
        if let idSource { return idSource }
        guard !readOnly, resolveWithin > .zero else { return .none }
        return isolation == .repeatableRead || isolation == .serializable ? .beforeCommit : .withBegin
    }

    func retries(_ error: PostgresError) -> Bool {
        error.isRetryable || error.isStale || (error.kind == .server && alsoRetry?(error) == true)
    }

    /// BEGIN with the settings, one script. SET LOCAL takes no snapshot, unlike set_config.
    func beginScript() throws(PostgresError) -> String {
        var text = "BEGIN"
        if let isolation { text += " ISOLATION LEVEL \(isolation.rawValue)" }
        if readOnly { text += " READ ONLY" }
        if deferrable { text += " DEFERRABLE" }
        guard !settings.isEmpty else { return text }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.allSatisfy({ !$0.isEmpty }) else {
                throw PostgresError(.usage, "\"\(name)\" is not the name of a run-time parameter")
            }
            let quoted = parts.map { PostgresQuery.quoteIdentifier(String($0)) }.joined(separator: ".")
            text += "; SET LOCAL \(quoted) = \(PostgresQuery.quoteLiteral(value))"
        }
        return text
    }
}
