import Synchronization

/// Opening connections for the pool, and closing them.
extension PostgresPool {
    func open() {
        // Detached: the connection belongs to the pool and must not end with the task that happened to want one.
        Task.detached { [self] in
            let start = ContinuousClock.now
            let outcome = await connect(applicationName: configuration.applicationName, prepare: configuration.onConnect)
            switch outcome {
            case .success(let connection):
                metrics.created(ContinuousClock.now - start)
                perform(
                    state.withLock {
                        var generator = SystemRandomNumberGenerator()
                        return $0.opened(connection, now: .now, using: &generator)
                    })
            case .failure(let error):
                perform(state.withLock { $0.openFailed(error, now: .now) })
            }
        }
    }

    /// A connection, or the reason why none could be opened within `connectTimeout`.
    func connect(
        applicationName: String?, prepare: (@Sendable (PostgresConnection) async throws -> Void)? = nil
    ) async -> Result<PostgresConnection, PostgresError> {
        let limit = configuration.connectTimeout
        let (grace, observer) = (configuration.cancelGrace, configuration.statementObserver)
        let origin = ConnectOrigin(
            conninfo: conninfo, applicationName: applicationName, password: configuration.password,
            statementCache: configuration.statementCache)
        let attempt = Task.detached { [thread = eventThreads.next()] () -> Result<PostgresConnection, PostgresError> in
            do throws(PostgresError) {
                let connection = try await PostgresConnection.connect(origin, on: thread)
                await connection.setCancelGrace(grace)
                if let observer { await connection.setStatementObserver(observer) }
                do {
                    try await prepare?(connection)
                } catch {
                    connection.closeSoon()
                    throw PostgresError(wrappedIn: error) ?? PostgresError(.connection, "onConnect failed: \(error)")
                }
                guard connection.isOpen else {
                    throw PostgresError(
                        .connection, prepare == nil ? "the connection was lost at once" : "onConnect closed the connection, or it was lost")
                }
                return .success(connection)
            } catch {
                guard error.kind == .cancelled else { return .failure(error) }
                return .failure(PostgresError(.connection, "no connection could be opened within \(limit.rounded)"))
            }
        }
        let timer = Task.detached {
            try await Task.sleep(for: limit)
            attempt.cancel()
        }
        defer { timer.cancel() }
        return await attempt.value
    }
}

extension PostgresConnection {
    nonisolated func closeSoon() {
        session.execute { [session] in session.close() }
    }
}
