import Synchronization

/// What the pool does: it carries out what its state has decided, and wakes it in time.
extension PostgresPool {
    func perform(_ actions: [State.Action]) {
        for action in actions {
            switch action {
            case .open: open()
            case .serve(let waiter, let lease): waiter.resume(returning: .success(lease))
            case .refuse(let waiter, let error):
                if error.kind == .timeout { metrics.timedOut() }
                waiter.resume(returning: .failure(error))
            case .close(let connection): connection.closeSoon()
            case .lookInto(let suspect): lookInto(suspect)
            case .returnedAfterAll(let lease, let held): report(lease, held: held, .returnedAfterAll)
            case .drained: endShutdowns()
            }
        }
    }

    // MARK: Opening

    private func open() {
        // Detached: the connection is the pool's, and must not end with the task that happened to want one.
        Task.detached { [self] in
            let start = ContinuousClock.now
            let outcome = await connect(applicationName: configuration.applicationName)
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

    /// A connection, or the reason why there was none within `connectTimeout`.
    func connect(applicationName: String?) async -> Result<PostgresConnection, PostgresError> {
        let limit = configuration.connectTimeout
        let attempt = Task.detached { [conninfo, thread = eventThreads.next()] () -> Result<PostgresConnection, PostgresError> in
            do throws(PostgresError) {
                return .success(try await PostgresConnection.connect(conninfo, applicationName: applicationName, on: thread))
            } catch {
                guard error.kind == .cancelled else { return .failure(error) }
                return .failure(PostgresError(.connection, "there was no connection within \(limit.rounded)"))
            }
        }
        let timer = Task.detached {
            try await Task.sleep(for: limit)
            attempt.cancel()
        }
        defer { timer.cancel() }
        return await attempt.value
    }

    // MARK: Time

    /// Looks at all limits, and does so again after a while. Ends when the pool is closed and everything has come back, or is gone.
    func tick() {
        let (actions, gauges, isDrained) = state.withLock { ($0.tick(.now, isOpen: \.isOpen), $0.gauges, $0.isDrained) }
        metrics.sample(gauges)
        perform(actions)
        if !isDrained { after(configuration.tickInterval) { $0.tick() } }
    }

    /// Has the deadlines looked at not later than `deadline`. One timer serves all who wait.
    func wake(at deadline: ContinuousClock.Instant) {
        let isFirst = alarm.withLock { alarm in
            if let alarm, alarm <= deadline { return false }
            alarm = deadline
            return true
        }
        guard isFirst else { return }
        after(ContinuousClock.now.duration(to: deadline)) { pool in
            // An earlier one may have been asked for meanwhile; it has set the alarm anew.
            guard pool.alarm.withLock({ $0 == deadline ? $0.take() : nil }) != nil else { return }
            let (actions, next) = pool.state.withLock { ($0.expire(.now), $0.earliestDeadline) }
            pool.perform(actions)
            // Not more often than the thread can wake.
            if let next { pool.wake(at: max(next, ContinuousClock.now + .milliseconds(1))) }
        }
    }

    /// Runs `body` on an event thread, unless the pool is gone by then.
    func after(_ delay: Duration, _ body: @escaping @Sendable (PostgresPool) -> Void) {
        let thread = eventThreads.threads[0]
        thread.execute { [weak self] in
            thread.schedule(after: delay) { [weak self] in
                if let self { body(self) }
            }
        }
    }

    // MARK: Long leases

    private func lookInto(_ suspect: State.Suspect) {
        Task.detached { [self] in
            let verdict: LeaseReport.Verdict
            switch await connect(applicationName: "\(configuration.applicationName ?? configuration.name) leak check") {
            case .success(let connection):
                verdict = await .ask(connection, about: suspect.lease.connection.backendPID)
                connection.closeSoon()
            case .failure(let error):
                verdict = .unknown(reason: "there is no connection to ask with: \(error.message)")
            }
            guard state.withLock({ $0.judge(suspect, verdict.kind) }) else { return }
            report(suspect.lease, held: ContinuousClock.now - suspect.lease.since, verdict)
        }
    }

    private func report(_ lease: State.Lease, held: Duration, _ verdict: LeaseReport.Verdict) {
        let report = LeaseReport(
            pool: configuration.name, callSite: lease.site, heldFor: held, backendPID: lease.connection.backendPID, verdict: verdict)
        if let handler = configuration.leaseReportHandler {
            handler(report)
            return
        }
        switch verdict {
        case .leak, .unknown: configuration.logger.warning("\(report)")
        case .slowQuery: configuration.logger.notice("\(report)")
        case .returnedAfterAll: configuration.logger.info("\(report)")
        }
    }
}

extension PostgresConnection {
    nonisolated func closeSoon() {
        session.execute { [session] in session.close() }
    }
}
