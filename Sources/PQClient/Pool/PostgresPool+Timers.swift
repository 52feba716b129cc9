import Synchronization

/// Wakes the pool in time for its limits and for the deadlines of tasks that wait.
extension PostgresPool {
    /// Checks all limits, and schedules the next check. Ends when the pool is gone, or is closed and has all its connections back.
    func tick() {
        let (actions, gauges, isDrained) = state.withLock { ($0.tick(.now, isOpen: \.isOpen), $0.gauges, $0.isDrained) }
        metrics.sample(gauges)
        perform(actions)
        if !isDrained { after(configuration.tickInterval) { $0.tick() } }
    }

    /// Has the deadlines checked no later than `deadline`. One timer serves all waiting tasks.
    func wake(at deadline: ContinuousClock.Instant) {
        let isFirst = alarm.withLock { alarm in
            if let alarm, alarm <= deadline { return false }
            alarm = deadline
            return true
        }
        guard isFirst else { return }
        after(ContinuousClock.now.duration(to: deadline)) { pool in
            // An earlier one may have been requested meanwhile, which has set the alarm again.
            guard pool.alarm.withLock({ $0 == deadline ? $0.take() : nil }) != nil else { return }
            let (actions, next) = pool.state.withLock { ($0.expire(.now), $0.earliestDeadline) }
            pool.perform(actions)
            // No more often than the thread can wake.
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
