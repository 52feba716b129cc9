/// The connections of a pool, their leases and the tasks that wait. Pure: events and the time go in, actions come out.
///
/// At any time idle + lent + being opened <= `maxConnections`. No task waits while a connection is idle, and waiting tasks are served in
/// the order of arrival. Connections are opened for the pool, not for the task that asked, so a slow opening does not hold up a waiter that
/// can get another connection, and a waiter that leaves costs no connection.
struct PoolState<Connection, Waiter> {
    typealias Instant = ContinuousClock.Instant
    typealias Lease = PoolLease<Connection>

    enum Acquisition {
        case lease(Lease)
        /// All are lent or promised to other tasks: `wait` joins the queue.
        case wait
        case closed
    }

    enum Action {
        /// Open a connection and report `opened` or `openFailed`.
        case open
        case serve(Waiter, Lease)
        case refuse(Waiter, PostgresError)
        case close(Connection)
        /// Find out what the lease's backend does, and report to `judge`.
        case lookInto(Suspect)
        /// It was reported, and has been returned.
        case returnedAfterAll(Lease, held: Duration)
        /// The pool is closed and all connections have come back.
        case drained
    }

    /// A lease that has lasted suspiciously long.
    struct Suspect {
        let lease: Lease
        let serial: Int
    }

    private struct Use {
        let lease: Lease
        let serial: Int
        var lookAt: Instant?
        var reported: LeaseReport.Verdict.Kind?
    }

    private struct Slot {
        let connection: Connection
        let retireAt: Instant?
        let idleTimeout: Duration?
        var idleSince: Instant
        var use: Use?
    }

    let configuration: PostgresPool.Configuration
    private(set) var counters = PoolCounters()
    private(set) var isClosed = false
    private var interval = PoolCounters()
    private var intervalStart: Instant
    private var slots: [Int: Slot] = [:]
    /// Numbers of idle connections, the most recently used last.
    private var idle: [Int] = []
    private var connecting = 0
    private var waiters = PoolWaitQueue<Waiter>()
    private var made = 0
    private var serial = 0
    /// Consecutive failures to connect.
    private var failures = 0
    private var lastFailure: PostgresError?
    private var openNotBefore: Instant?

    init(_ configuration: PostgresPool.Configuration, now: Instant) {
        self.configuration = configuration
        intervalStart = now
    }

    var gauges: PoolGauges {
        PoolGauges(
            idle: idle.count, leased: slots.count - idle.count, connecting: connecting, waiting: waiters.count,
            limit: configuration.maxConnections)
    }

    /// The connections lent and promised fill the pool: a task that waits now waits for a lease to end.
    var isExhausted: Bool { slots.count - idle.count + waiters.count >= configuration.maxConnections }

    /// Connections being opened count: they arrive later and have to be closed as well.
    var isDrained: Bool { isClosed && slots.isEmpty && connecting == 0 }

    var earliestDeadline: Instant? { waiters.earliestDeadline }

    private mutating func count(_ change: (inout PoolCounters) -> Void) {
        change(&counters)
        change(&interval)
    }

    mutating func takeInterval(_ now: Instant) -> (PoolGauges, PoolCounters, since: Instant) {
        defer {
            interval = PoolCounters()
            intervalStart = now
        }
        return (gauges, interval, intervalStart)
    }

    // MARK: Borrowing

    /// - Parameter since: when the caller asked for a connection.
    mutating func acquire(_ site: PostgresCallSite, since: Instant, now: Instant) -> Acquisition {
        if isClosed { return .closed }
        // The one used last is the one most likely to be warm.
        guard let number = idle.popLast() else { return .wait }
        return .lease(lend(number, to: site, after: now - since, now: now))
    }

    mutating func wait(_ id: Int, _ entry: PoolWaitQueue<Waiter>.Entry, now: Instant) -> [Action] {
        waiters.append(id, entry)
        return openings(now)
    }

    /// The waiter's task was cancelled. nil if it has been served already.
    mutating func stopWaiting(_ id: Int) -> Waiter? {
        guard let entry = waiters.remove(id) else { return nil }
        count { $0.cancelled += 1 }
        return entry.waiter
    }

    private mutating func lend(_ number: Int, to site: PostgresCallSite, after wait: Duration, now: Instant) -> Lease {
        let slot = slots[number]!
        serial += 1
        let lease = Lease(number: number, connection: slot.connection, site: site, since: now, idleFor: now - slot.idleSince)
        slots[number]!.use = Use(lease: lease, serial: serial, lookAt: configuration.leakThreshold.map { now + $0 })
        count { $0.lent(after: wait) }
        return lease
    }

    /// The connection came back in order.
    mutating func release(_ number: Int, now: Instant) -> [Action] {
        if isClosed { return discard(number, .shutdown, now: now) }
        if let retireAt = slots[number]!.retireAt, retireAt <= now { return discard(number, .lifetime, now: now) }
        var actions = endUse(number, now)
        slots[number]!.idleSince = now
        if let next = waiters.popFirst() {
            actions.append(.serve(next.waiter, lend(number, to: next.site, after: now - next.since, now: now)))
        } else {
            idle.append(number)
        }
        return actions
    }

    /// The connection came back, and is not to be lent again.
    mutating func discard(_ number: Int, _ reason: PostgresPool.CloseReason, now: Instant) -> [Action] {
        endUse(number, now) + remove(number, isClosed ? .shutdown : reason) + openings(now)
    }

    private mutating func endUse(_ number: Int, _ now: Instant) -> [Action] {
        guard let use = slots[number]!.use.take(), use.reported != nil else { return [] }
        return [.returnedAfterAll(use.lease, held: now - use.lease.since)]
    }

    private mutating func remove(_ number: Int, _ reason: PostgresPool.CloseReason) -> [Action] {
        let slot = slots.removeValue(forKey: number)!
        count { $0.close(reason) }
        return isDrained ? [.close(slot.connection), .drained] : [.close(slot.connection)]
    }

    // MARK: Opening

    mutating func opened(_ connection: Connection, now: Instant, using generator: inout some RandomNumberGenerator) -> [Action] {
        connecting -= 1
        failures = 0
        lastFailure = nil
        openNotBefore = nil
        count { $0.created += 1 }
        if isClosed {
            count { $0.close(.shutdown) }
            return isDrained ? [.close(connection), .drained] : [.close(connection)]
        }
        func shortened(_ limit: Duration) -> Duration {
            limit * (1 - configuration.jitter * Double.random(in: 0...1, using: &generator))
        }
        made += 1
        slots[made] = Slot(
            connection: connection, retireAt: configuration.maxLifetime.map { now + shortened($0) },
            idleTimeout: configuration.idleTimeout.map(shortened), idleSince: now)
        if let next = waiters.popFirst() {
            return [.serve(next.waiter, lend(made, to: next.site, after: now - next.since, now: now))]
        }
        idle.append(made)
        return []
    }

    /// If no connection is lent, the task that has waited longest gets the error; otherwise the tasks go on waiting for a lease to end.
    mutating func openFailed(_ error: PostgresError, now: Instant) -> [Action] {
        connecting -= 1
        failures += 1
        lastFailure = error
        count { $0.connectFailures += 1 }
        openNotBefore = now + min(.seconds(5), .milliseconds(50) * (1 << min(failures, 10)))
        if isDrained { return [.drained] }
        guard !isClosed, slots.isEmpty, let first = waiters.popFirst() else { return [] }
        return [.refuse(first.waiter, error)] + openings(now)
    }

    /// One for each waiter for whom none is being opened, and those missing to the minimum.
    private mutating func openings(_ now: Instant) -> [Action] {
        guard !isClosed else { return [] }
        let room = configuration.maxConnections - slots.count - connecting
        let wanted = min(room, max(waiters.count - connecting, configuration.minConnections - slots.count - connecting))
        guard wanted > 0 else { return [] }
        // If a waiter can get no other connection, waiting before the next try would only delay the error.
        if let openNotBefore, now < openNotBefore, !slots.isEmpty || waiters.isEmpty { return [] }
        connecting += wanted
        return Array(repeating: .open, count: wanted)
    }

    // MARK: Time

    /// Refuses waiters whose deadline has passed.
    mutating func expire(_ now: Instant) -> [Action] {
        let overdue = waiters.removeOverdue(now)
        guard !overdue.isEmpty else { return [] }
        let detail = exhaustion(now, waiting: overdue.count + waiters.count)
        return overdue.map { entry in
            count { $0.timeouts += 1 }
            let hint =
                connecting > 0 && connecting + slots.count >= configuration.maxConnections && slots.isEmpty
                ? "no connection could be opened yet: is the server there, and does it answer?"
                : "hold connections for less time, or raise maxConnections"
            var error = PostgresError(
                .timeout, "no connection of pool \(configuration.name) came free within \((now - entry.since).rounded)",
                // too_many_connections: what the server says in the same situation
                sqlState: "53300", detail: detail, hint: hint)
            if let outer = entry.outer {
                error.detail = "\(detail); the task asked for it under a lease taken at \(outer)"
                error.hint = "a task that waits for a second connection can deadlock with itself; reuse the one it holds"
            }
            return .refuse(entry.waiter, error)
        }
    }

    private func exhaustion(_ now: Instant, waiting: Int) -> String {
        var text = "\(slots.count - idle.count) of \(configuration.maxConnections) connections are lent, \(waiting) wait"
        if let oldest = slots.values.compactMap(\.use).min(by: { $0.lease.since < $1.lease.since }) {
            text += "; the oldest lease has lasted \((now - oldest.lease.since).rounded) and was taken at \(oldest.lease.site)"
        }
        if let lastFailure { text += "; another could not be opened: \(lastFailure.message)" }
        return text
    }

    /// Checks all limits, and removes connections that broke while they were idle. To be called from time to time.
    mutating func tick(_ now: Instant, isOpen: (Connection) -> Bool = { _ in true }) -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        var kept: [Int] = []
        // The one that was idle longest is removed first.
        for number in idle {
            let slot = slots[number]!
            if !isOpen(slot.connection) {
                actions += remove(number, .broken)
            } else if let retireAt = slot.retireAt, retireAt <= now {
                actions += remove(number, .lifetime)
            } else if let limit = slot.idleTimeout, now - slot.idleSince >= limit, slots.count > configuration.minConnections {
                actions += remove(number, .idle)
            } else {
                kept.append(number)
            }
        }
        idle = kept
        return actions + openings(now) + suspects(now)
    }

    private mutating func suspects(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        for (number, slot) in slots {
            guard let use = slot.use, let lookAt = use.lookAt, lookAt <= now else { continue }
            // A slow statement may end and leave a leak behind: the lease is investigated again, less and less often.
            slots[number]!.use!.lookAt = now + (now - use.lease.since)
            actions.append(.lookInto(Suspect(lease: use.lease, serial: use.serial)))
        }
        return actions
    }

    /// Whether that is news: the lease has not ended meanwhile, and has not been reported with the same verdict before.
    mutating func judge(_ suspect: Suspect, _ kind: LeaseReport.Verdict.Kind) -> Bool {
        guard var use = slots[suspect.lease.number]?.use, use.serial == suspect.serial, use.reported != kind else { return false }
        use.reported = kind
        slots[suspect.lease.number]!.use = use
        if kind == .leak { count { $0.leaks += 1 } }
        return true
    }

    // MARK: The end

    /// No more leases. Idle connections are closed and waiting tasks refused; lent connections are closed when they come back.
    mutating func close() -> [Action] {
        guard !isClosed else { return [] }
        let error = PostgresError(.connection, "pool \(configuration.name) is closed")
        var actions = waiters.removeAll().map { Action.refuse($0.waiter, error) }
        let numbers = idle
        idle = []
        isClosed = true
        for number in numbers { actions += remove(number, .shutdown) }
        // Without an idle connection no removal has said so.
        if numbers.isEmpty, isDrained { actions.append(.drained) }
        return actions
    }

    /// The leases that have not ended.
    var lent: [Lease] { slots.values.compactMap(\.use?.lease).sorted { $0.since < $1.since } }
}

extension PoolState.Suspect: Sendable where Connection: Sendable {}

extension Duration {
    /// For people: milliseconds below ten seconds, seconds above.
    var rounded: String {
        let milliseconds = wholeMicroseconds / 1000
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }
}
