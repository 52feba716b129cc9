import Synchronization

/// Wakes the pool in time for its limits and for the deadlines of tasks that wait.
extension PostgresPool {
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
}
