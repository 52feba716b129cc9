public import ServiceLifecycle
import Synchronization

extension PostgresPool: Service {
    /// Refuses further leases and waiting tasks, and closes idle connections now and lent ones when they come back.
    public func close() async {
        perform(state.withLock { $0.close() })
    }

    /// As ``close()``, and waits until all lent connections have come back. Those that have not after `grace` (nil: the pool's
    /// `shutdownGrace`), or when the task is cancelled, are cut off: their statements fail with kind `connection`.
    public func shutdown(grace: Duration? = nil) async {
        await close()
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                shutdowns.withLock { $0[id] = continuation }
                if Task.isCancelled {
                    cutOff()
                } else if state.withLock({ $0.isDrained }) {
                    endShutdowns()
                } else {
                    after(grace ?? configuration.shutdownGrace) { $0.cutOff() }
                }
            }
        } onCancel: {
            cutOff()
        }
    }

    /// Runs until the service group shuts down gracefully, then as ``shutdown(grace:)``. Put the pool before the services that use it: a
    /// group shuts its services down in reverse order.
    public func run() async throws {
        // It throws when the task is cancelled, which also ends the service, at once.
        try? await gracefulShutdown()
        await shutdown()
    }

    func endShutdowns() {
        for continuation in shutdowns.withLock({ waiting in
            defer { waiting = [:] }
            return Array(waiting.values)
        }) { continuation.resume() }
    }

    private func cutOff() {
        let reason = PostgresError(.connection, "pool \(configuration.name) was shut down")
        for lease in state.withLock({ $0.lent }) {
            configuration.logger.warning(
                "pool \(configuration.name) cuts off the lease taken at \(lease.site), which has lasted \((ContinuousClock.now - lease.since).rounded)"
            )
            lease.connection.session.execute { [session = lease.connection.session] in session.lose(reason) }
        }
        endShutdowns()
    }
}
