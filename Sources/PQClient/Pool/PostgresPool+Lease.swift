import Synchronization

/// Lending connections and taking them back.
extension PostgresPool {
    private static let cancelled = PostgresError(.cancelled, "the task was cancelled while it waited for a connection")

    func acquire(at site: PostgresCallSite, timeout: Duration?) async throws(PostgresError) -> State.Lease {
        let since = ContinuousClock.now
        let deadline = timeout.map { since + $0 }
        while true {
            let lease = try await lease(at: site, since: since, deadline: deadline)
            if let reason = try await whyUnfit(lease) {
                perform(state.withLock { $0.discard(lease.number, reason, now: .now) })
                continue
            }
            metrics.waited(ContinuousClock.now - since)
            return lease
        }
    }

    /// A lease whose connection has not been checked yet.
    private func lease(
        at site: PostgresCallSite, since: ContinuousClock.Instant, deadline: ContinuousClock.Instant?
    ) async throws(PostgresError) -> State.Lease {
        if Task.isCancelled { throw Self.cancelled }
        switch state.withLock({ $0.acquire(site, since: since, now: .now) }) {
        case .lease(let lease): return lease
        case .closed: throw closedError
        case .wait: break
        }
        let inherited = TaskLocalLease.inherited(of: self)
        if let inherited, inherited.isOwn, state.withLock({ $0.isExhausted }) {
            throw PostgresError(
                .usage, "the task asks for a second connection of pool \(configuration.name) while it holds one, and none is free",
                detail: "it took the first at \(inherited.lease.site) and asks for the second at \(site)",
                hint: "reuse the connection that the task holds")
        }
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let entry = PoolWaitQueue<Waiter>.Entry(
                    waiter: continuation, site: site, outer: inherited?.lease.site, since: since, deadline: deadline)
                join(id, entry)
            }
        } onCancel: {
            state.withLock { $0.stopWaiting(id) }?.resume(returning: .failure(Self.cancelled))
        }
        return try outcome.get()
    }

    private func join(_ id: Int, _ entry: PoolWaitQueue<Waiter>.Entry) {
        // Checked again under the lock: a connection may have come back, or the task may have been cancelled.
        let (now, actions) = state.withLock { state -> (Result<State.Lease, PostgresError>?, [State.Action]) in
            if Task.isCancelled { return (.failure(Self.cancelled), []) }
            switch state.acquire(entry.site, since: entry.since, now: .now) {
            case .lease(let lease): return (.success(lease), [])
            case .closed: return (.failure(closedError), [])
            case .wait: return (nil, state.wait(id, entry, now: .now))
            }
        }
        if let now {
            entry.waiter.resume(returning: now)
        } else {
            perform(actions)
            if let deadline = entry.deadline { wake(at: deadline) }
        }
    }

    private var closedError: PostgresError { PostgresError(.connection, "pool \(configuration.name) is closed") }

    /// Why the connection cannot be lent; nil if it can. One that was idle for long may have been cut off silently.
    private func whyUnfit(_ lease: State.Lease) async throws(PostgresError) -> CloseReason? {
        guard lease.connection.isOpen else { return .broken }
        guard let limit = configuration.healthCheckAfterIdle, lease.idleFor > limit else { return nil }
        do throws(PostgresError) {
            try await lease.connection.answer(within: configuration.healthCheckTimeout)
            return nil
        } catch {
            guard error.kind == .cancelled else { return .unhealthy }
            // The connection is not to blame: the task was cancelled.
            await release(lease)
            throw Self.cancelled
        }
    }

    func release(_ lease: State.Lease) async {
        // A connection at rest need not be checked on its thread, which would cost more than many a statement.
        var reason = lease.connection.session.atRest.load(ordering: .acquiring) ? nil : await lease.connection.whyUnfit
        if reason == nil, let reset = configuration.onReturn {
            let connection = lease.connection
            reason = await Task.detached {
                do { try await reset(connection) } catch { return PostgresPool.CloseReason.unfit }
                if let unfit = await connection.whyUnfit { return unfit }
                return await connection.restoreSettings() == nil ? nil : .broken
            }.value
        }
        metrics.used(ContinuousClock.now - lease.since)
        perform(
            state.withLock { state in
                if let reason { state.discard(lease.number, reason, now: .now) } else { state.release(lease.number, now: .now) }
            })
    }
}

extension PostgresConnection {
    /// Why it is not lent again; nil if it is. It has to be open, outside a transaction, and without a statement under way. Waits for a
    /// cancel request that has not returned yet, because a new connection would take longer.
    fileprivate var whyUnfit: PostgresPool.CloseReason? {
        get async {
            if session.queue.cancelInFlight { await withUnsafeContinuation { session.awaitCancelReturned($0) } }
            guard isOpen else { return .broken }
            return transactionStatus == .idle && session.queue.isIdle ? nil : .unfit
        }
    }

    /// One round trip. A server that stays silent is given up.
    fileprivate func answer(within limit: Duration) async throws(PostgresError) {
        let silence = PostgresError(.connection, "the server did not answer a health check within \(limit.rounded)")
        let timer = session.schedule(after: limit) { $0.lose(silence) }
        defer { timer.cancel() }
        try await execute("")
    }
}
