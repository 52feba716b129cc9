import Synchronization

/// Keeps a listening connection open; shared by a listener and the task that watches the connection.
final class ListenerCore: Sendable {
    private struct State {
        var channels: Set<String>
        var connection: PostgresConnection?
        var task: Task<Void, Never>?
        var isClosed = false
    }

    let events: ListenerBuffer
    private let conninfo: String
    private let applicationName: String?
    private let options: PostgresListener.Options
    private let state: Mutex<State>

    init(_ conninfo: String, channels: [String], applicationName: String?, options: PostgresListener.Options) {
        self.conninfo = conninfo
        self.applicationName = applicationName
        self.options = options
        events = ListenerBuffer(limit: options.bufferSize)
        state = Mutex(State(channels: Set(channels)))
    }

    var backendPID: Int32? { state.withLock { $0.connection?.backendPID } }

    /// A connection that listens.
    func connect() async throws(PostgresError) -> PostgresConnection {
        let connection = try await open()
        do throws(PostgresError) {
            await connection.setNotificationHandler { [events] in events.add(.notification($0)) }
            try await connection.within(options.timeout) { connection throws(PostgresError) in
                try await self.refusePooler(connection)
                try await self.listenToAll(connection)
            }
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Once this returns, channels are added to this connection.
    private func listenToAll(_ connection: PostgresConnection) async throws(PostgresError) {
        var listening: Set<String> = []
        // A channel may be added meanwhile.
        while true {
            let missing = state.withLock { state in
                let missing = state.channels.subtracting(listening)
                if missing.isEmpty { state.connection = connection }
                return missing
            }
            if missing.isEmpty { return }
            try await connection.execute(missing.map { "LISTEN \(PostgresQuery.quoteIdentifier($0))" }.joined(separator: "; "))
            listening.formUnion(missing)
        }
    }

    /// Connects within the time limit: without `connect_timeout` libpq waits forever for a silent server.
    private func open() async throws(PostgresError) -> PostgresConnection {
        let origin = ConnectOrigin(conninfo: conninfo, applicationName: applicationName, password: options.password)
        let timeout = options.timeout
        let outcome = await withTaskGroup(of: Result<PostgresConnection, PostgresError>?.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    return .success(try await PostgresConnection.connect(origin))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            // Both may have come in at the same moment.
            let second = await group.next() ?? nil
            return first ?? second
        }
        switch outcome {
        case .success(let connection): return connection
        case .failure(let error) where error.kind != .cancelled || Task.isCancelled: throw error
        default: throw PostgresError(.timeout, "the server did not accept the listener's connection within \(timeout)")
        }
    }

    private func refusePooler(_ connection: PostgresConnection) async throws(PostgresError) {
        let pid: Int32 = try await connection.query("SELECT pg_backend_pid()").single().get(0)
        guard pid != connection.backendPID else { return }
        throw PostgresError(
            .usage, "LISTEN does not work through a connection pooler",
            detail: """
                libpq was told the process id \(connection.backendPID), the server says \(pid): there is a pooler in between, \
                which gives each transaction another server connection
                """,
            hint: "give the listener a connection string that leads directly to the server")
    }

    func start(_ connection: PostgresConnection) {
        let task = Task { await self.run(connection) }
        let isClosed = state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    private func run(_ first: PostgresConnection) async {
        var connection = first
        var reconnection = Reconnection(backoff: options.backoff, lasting: options.heartbeat)
        while true {
            let start = ContinuousClock.now
            let reason = await watch(connection)
            state.withLock { $0.connection = nil }
            if Task.isCancelled { return }
            reconnection.lost(after: start.duration(to: .now))
            events.add(.disconnected(reason))
            guard let next = await reconnect(&reconnection) else { return }
            connection = next
            events.add(.mayHaveMissed(reason))
        }
    }

    /// Returns when the connection is gone, with the reason.
    private func watch(_ connection: PostgresConnection) async -> PostgresError {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.beat(connection) }
            let reason = await withTaskCancellationHandler {
                await connection.untilClosed()
            } onCancel: {
                Task { await connection.close() }
            }
            group.cancelAll()
            return reason
        }
    }

    private func beat(_ connection: PostgresConnection) async {
        while connection.isOpen {
            do { try await Task.sleep(for: options.heartbeat) } catch { return }
            await connection.checkAlive(within: options.timeout)
        }
    }

    private func reconnect(_ reconnection: inout Reconnection) async -> PostgresConnection? {
        while !Task.isCancelled {
            try? await Task.sleep(for: reconnection.nextDelay())
            if Task.isCancelled { return nil }
            do throws(PostgresError) {
                return try await connect()
            } catch {
                if !Task.isCancelled, reconnection.isNews(error) { events.add(.disconnected(error)) }
            }
        }
        return nil
    }

    /// LISTEN would cut a longer name off, and pg_notify refuses it: no notification would ever arrive.
    static func check(_ channel: String) throws(PostgresError) {
        guard channel.isEmpty || channel.utf8.count > 63 || channel.utf8.contains(0) else { return }
        throw PostgresError(.usage, "a channel's name has 1 to 63 bytes, none of them zero; \(channel.utf8.count) were given: \(channel)")
    }

    func listen(_ channel: String) async throws(PostgresError) {
        try Self.check(channel)
        let connection = try change { $0.channels.insert(channel) }
        try await connection?.execute("LISTEN \(PostgresQuery.quoteIdentifier(channel))")
    }

    func unlisten(_ channel: String) async throws(PostgresError) {
        let connection = try change { $0.channels.remove(channel) }
        try await connection?.execute("UNLISTEN \(PostgresQuery.quoteIdentifier(channel))")
    }

    /// Returns the connection to tell; nil while there is none, because the next one begins with the channels as they are then.
    private func change(_ body: (inout State) -> Void) throws(PostgresError) -> PostgresConnection? {
        let (isClosed, connection) = state.withLock { state in
            body(&state)
            return (state.isClosed, state.connection)
        }
        guard !isClosed else { throw PostgresError(.connection, "the listener is closed") }
        return connection
    }

    func close() {
        let task = state.withLock { state in
            state.isClosed = true
            return state.task.take()
        }
        task?.cancel()
        events.finish()
    }
}

extension PostgresConnection {
    /// Returns, with the reason, when the connection is closed or lost. One caller at a time.
    fileprivate func untilClosed() async -> PostgresError {
        await withCheckedContinuation { session.awaitClosed($0) }
    }

    /// Asks the server for a sign of life, and gives the connection up if there is none in time.
    fileprivate func checkAlive(within limit: Duration) async {
        try? await within(limit) { connection throws(PostgresError) in _ = try await connection.query("SELECT 1") }
    }

    /// Runs `body`, and gives the connection up if it takes longer: its statements then fail.
    fileprivate func within(
        _ limit: Duration, _ body: @Sendable (isolated PostgresConnection) async throws(PostgresError) -> Void
    ) async throws(PostgresError) {
        let timer = session.schedule(after: limit) { session in
            session.lose(PostgresError(.connection, "the server gave no sign of life for \(limit)"))
        }
        defer { timer.cancel() }
        try await body(self)
    }
}

extension Session {
    fileprivate func awaitClosed(_ continuation: CheckedContinuation<PostgresError, Never>) {
        if queue.isClosed {
            continuation.resume(returning: statusBeforeLoss ?? PostgresError(.connection, "the connection is closed"))
        } else {
            closeHandler = { continuation.resume(returning: $0) }
        }
    }
}
