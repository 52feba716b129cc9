import CLibPQ

/// A connection to PostgreSQL. Statements run one at a time, in the order of the calls.
///
/// It lives on an ``EventThread``: a task that prefers that thread as its executor (``run(_:)``) calls it without a thread switch; any
/// other task sends its statement itself and often finds the answer without one either. Cancelling a task cancels its statement on the
/// server; the call returns when the server has answered, so that the connection is ready for the next statement.
public actor PostgresConnection {
    public nonisolated let eventThread: EventThread
    /// Process id of the server process, as libpq knows it. Behind a pooler it differs from `pg_backend_pid()`.
    public nonisolated let backendPID: Int32
    /// e.g. 150020
    public nonisolated let serverVersion: Int
    nonisolated let session: Session

    public nonisolated var unownedExecutor: UnownedSerialExecutor { session.asUnownedSerialExecutor() }

    private init(_ session: Session) {
        self.session = session
        eventThread = session.thread
        backendPID = session.backendPID
        serverVersion = Int(PQserverVersion(session.pg))
    }

    deinit {
        let session = session
        session.execute { session.close() }
    }

    /// Connects by libpq's rules: `conninfo` is a URI or `key=value` pairs, what it omits comes from PG* variables and the service file.
    /// Without `on`, the default event threads take turns.
    ///
    /// - Parameter password: asked for the password, in place of the connection string.
    public static func connect(
        _ conninfo: String = "", applicationName: String? = nil, password: PasswordProvider? = nil, on thread: EventThread? = nil
    ) async throws(PostgresError) -> PostgresConnection {
        try await connect(ConnectOrigin(conninfo: conninfo, applicationName: applicationName, password: password), on: thread)
    }

    static func connect(_ origin: ConnectOrigin, on thread: EventThread? = nil) async throws(PostgresError) -> PostgresConnection {
        let raw = try await ConnectAttempt.open(origin)
        let session = Session(raw, thread: thread ?? EventThreadGroup.default.next())
        session.origin = origin
        let connection = PostgresConnection(session)
        let failure = await withTaskCancellationHandler {
            await connection.begin()
        } onCancel: {
            session.execute { session.lose(.connectingCancelled) }
        }
        if let failure {
            await connection.close()
            throw failure
        }
        return connection
    }

    /// Sets what values are read and written by; the server, the database or the role may be configured for something else. Returns the
    /// error if that fails.
    private func begin() async -> PostgresError? {
        session.attach()
        guard let limit = session.origin?.statementCache, limit > 0 else { return await restoreSettings() }
        let request = Request(.script(settings + "; SELECT pg_backend_pid()"), shielded: true)
        await perform(request)
        // Another process answers where a pooler is in between, and the next statement may come to yet another one.
        if request.result?.first?.text(0) == "\(backendPID)" { session.statementCache = StatementCache(limit: limit) }
        return request.error
    }

    /// Also after a reset of the session, such as DISCARD ALL.
    func restoreSettings() async -> PostgresError? {
        // Shielded: a server that falls silent here is given up, and not asked to cancel.
        let request = Request(.script(settings), shielded: true)
        await perform(request)
        return request.error
    }

    /// The server tells the styles by itself. A value that is set already is not sent, because some poolers keep it for the next client.
    private var settings: String {
        var text = "SET bytea_output = hex; SET extra_float_digits = 1; SET array_nulls = on"
        func parameter(_ name: String) -> String { PQparameterStatus(session.pg, name).map { String(cString: $0) } ?? "" }
        let style = parameter("DateStyle")
        if !style.isEmpty, !style.hasPrefix("ISO") { text += "; SET DateStyle = ISO" }
        let interval = parameter("IntervalStyle")
        if !interval.isEmpty, interval != "postgres" { text += "; SET IntervalStyle = postgres" }
        return text
    }

    /// How long a server may take to answer a cancelled statement before the connection is given up, 10 s unless set. After a time limit
    /// half of that limit counts if it is shorter, but no less than 500 ms.
    public var cancelGrace: Duration { session.cancelGrace }

    public func setCancelGrace(_ grace: Duration) { session.cancelGrace = grace }

    /// Runs one statement with its parameters (extended protocol).
    @discardableResult
    public nonisolated(nonsending) func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult {
        let request = Request(.statement(query))
        if !session.answersAtOnce(request) { await perform(request) }
        return try request.single()
    }

    /// Runs a statement that is prepared under `name` on first use, which saves the server parsing and, in time, planning it. One name
    /// stands for one text; it is prepared once for each list of parameter types. When the server has lost it or its columns have changed
    /// (26000, 42P05, 0A000), it is prepared and run again outside a transaction, where the error had no effect. Such an error fails an
    /// open transaction: `transaction` runs its body again; after a BEGIN of your own it is thrown. Not for connections through a pooler in
    /// transaction mode. With nil it is the same as `query(_:)`.
    @discardableResult
    public nonisolated(nonsending) func query(_ query: PostgresQuery, named name: String?) async throws(PostgresError) -> PostgresResult {
        guard let name else { return try await self.query(query) }
        let request = Request(.named(query, name: name))
        if !session.answersAtOnce(request) { await perform(request) }
        return try request.single()
    }

    /// Runs a statement that may take no longer than `timeout`: it is then cancelled on the server, and the error is of kind `timeout`. In
    /// a transaction that fails the transaction, as any error does.
    @discardableResult
    public nonisolated(nonsending) func query(
        _ query: PostgresQuery, named name: String? = nil, timeout: Duration
    ) async throws(PostgresError) -> PostgresResult {
        let request = Request(name.map { .named(query, name: $0) } ?? .statement(query))
        session.limit(request, to: timeout)
        await perform(request)
        return try request.single()
    }

    /// Runs a script of any number of statements (simple protocol) and returns a result for each. Outside a transaction they are one
    /// transaction, unless the script says otherwise; the first error ends it.
    @discardableResult
    public nonisolated(nonsending) func execute(_ script: PostgresScript) async throws(PostgresError) -> [PostgresResult] {
        try await execute(script.sql)
    }

    /// Inside the package, whose texts are its own.
    @discardableResult
    package nonisolated(nonsending) func execute(_ script: String) async throws(PostgresError) -> [PostgresResult] {
        let request = Request(.script(script))
        if !session.answersAtOnce(request) { await perform(request) }
        return try request.all()
    }

    /// Cancels the running statement on the server, if there is one. It fails with kind `cancelled`.
    public func cancel() async {
        session.cancelActive(reason: .cancelled, message: "the statement was cancelled")
    }

    /// False once the connection is closed or found broken.
    public nonisolated var isOpen: Bool { session.open.load(ordering: .acquiring) }

    /// By TLS. Only `sslmode=verify-full` also verifies who is at the other end.
    public nonisolated var isEncrypted: Bool { session.isEncrypted }

    public var transactionStatus: TransactionStatus { session.transactionStatus }

    /// Closes the connection. Unanswered statements fail.
    public func close() async { session.close() }

    /// Called for each NOTICE and WARNING, on the event thread or on that of a task that sends a statement; must not block. Without a
    /// handler they are dropped.
    public var noticeHandler: (@Sendable (PostgresNotice) -> Void)? { session.noticeHandler }

    public func setNoticeHandler(_ handler: (@Sendable (PostgresNotice) -> Void)?) { session.noticeHandler = handler }

    /// Called for each NOTIFY on a channel that this connection LISTENs to, on the same threads as ``noticeHandler``; must not block.
    public func setNotificationHandler(_ handler: (@Sendable (PostgresNotification) -> Void)?) {
        session.notificationHandler = handler
    }

    /// Called for each statement when it is answered, on the same threads as ``noticeHandler``; must not block. See ``StatementLog``.
    public func setStatementObserver(_ observer: (@Sendable (StatementReport) -> Void)?) { session.statementObserver = observer }

    /// Runs `body` with the connection's thread as its executor: no call on the connection then costs a thread switch.
    public nonisolated func run<T: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> T
    ) async rethrows -> T {
        try await withTaskExecutorPreference(eventThread) {
            // One cancellation handler for all statements of the task, instead of one for each.
            guard let task = session.entered({ $0.coverTask() }) else { return try await body(self) }
            defer { session.entered { $0.uncoverTask(task) } }
            return try await withTaskCancellationHandler {
                try await body(self)
            } onCancel: { [session] in
                session.execute { session.cancelStatements(of: task) }
            }
        }
    }

    /// Sends the statement from the thread that the caller runs on.
    nonisolated(nonsending) func perform(_ request: Request) async {
        request.owner = Session.currentTask
        if request.shielded || request.task != 0 {
            await answer(to: request)
            return
        }
        await withTaskCancellationHandler {
            await answer(to: request)
        } onCancel: { [session] in
            session.cancelSoon(request)
        }
    }

    private nonisolated(nonsending) func answer(to request: Request) async {
        await withUnsafeContinuation { continuation in
            request.wait(continuation)
            guard !request.isSubmitted else { return }
            // Checked here, immediately before sending: from now on a cancellation finds the statement.
            if !request.shielded, Task.isCancelled {
                request.fail(PostgresError(.cancelled, "the task was cancelled before the statement was sent"))
                return
            }
            if session.tryEnter() {
                session.submit(request)
                session.leave()
            } else {
                session.execute { [session] in session.submit(request) }
            }
        }
        request.receive()
    }
}
