import Synchronization

/// Keeps a listening connection up; shared by a listener and the task that watches.
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
            try await refusePooler(connection)
            await connection.setNotificationHandler { [events] in events.add(.notification($0)) }
            var listening: Set<String> = []
            // A channel may be added meanwhile.
            while true {
                let missing = state.withLock { state in
                    let missing = state.channels.subtracting(listening)
                    if missing.isEmpty { state.connection = connection }
                    return missing
                }
                if missing.isEmpty { return connection }
                try await connection.execute(missing.map { "LISTEN \(PostgresQuery.quoteIdentifier($0))" }.joined(separator: "; "))
                listening.formUnion(missing)
            }
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Connecting within the time allowed: without `connect_timeout` libpq waits for ever for a server that says nothing.
    private func open() async throws(PostgresError) -> PostgresConnection {
        let (conninfo, name, timeout) = (conninfo, applicationName, options.timeout)
        let outcome = await withTaskGroup(of: Result<PostgresConnection, PostgresError>?.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    return .success(try await PostgresConnection.connect(conninfo, applicationName: name))
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
        default: throw PostgresError(.timeout, "the server did not take the listener's connection within \(timeout)")
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
            hint: "give the listener a connection string that leads to the server itself")
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
        while true {
            let reason = await watch(connection)
            state.withLock { $0.connection = nil }
            if Task.isCancelled { return }
            events.add(.disconnected(reason))
            guard let next = await reconnect() else { return }
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

    private func reconnect() async -> PostgresConnection? {
        var attempt = 0
        while !Task.isCancelled {
            attempt += 1
            // The first one too: when a server restarts, all its listeners come at the same moment.
            try? await Task.sleep(for: options.backoff.delay(attempt: attempt))
            if Task.isCancelled { return nil }
            if let connection = try? await connect() { return connection }
        }
        return nil
    }

    func listen(_ channel: String) async throws(PostgresError) {
        let connection = try change { $0.channels.insert(channel) }
        try await connection?.execute("LISTEN \(PostgresQuery.quoteIdentifier(channel))")
    }

    func unlisten(_ channel: String) async throws(PostgresError) {
        let connection = try change { $0.channels.remove(channel) }
        try await connection?.execute("UNLISTEN \(PostgresQuery.quoteIdentifier(channel))")
    }

    /// Gives the connection to tell; nil while there is none: the next one begins with the channels as they are then.
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

    /// Asks the server for a sign of life and gives the connection up when there is none in time.
    fileprivate func checkAlive(within timeout: Duration) async {
        let timer = session.thread.schedule(after: timeout) { [weak session] in
            session?.lose(PostgresError(.connection, "the server gave no sign of life for \(timeout)"))
        }
        _ = try? await query("SELECT 1")
        timer.cancel()
    }
}

extension Session {
    fileprivate func awaitClosed(_ continuation: CheckedContinuation<PostgresError, Never>) {
        if state.isClosed {
            continuation.resume(returning: statusBeforeLoss ?? PostgresError(.connection, "the connection is closed"))
        } else {
            closeHandler = { continuation.resume(returning: $0) }
        }
    }
}
