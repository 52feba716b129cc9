/// Who has which connection of a pool, and what is to be done next. Pure: events and the time go in, actions come out.
///
/// At any time idle + lent + being opened <= `maxConnections`. Nobody waits while a connection is idle, and those who wait are served
/// by arrival: nobody overtakes. Connections are opened for the pool, not for the one who asked, so a slow opening does not
/// hold up a waiter for whom another one comes back, and a waiter who leaves costs no connection.
struct PoolState<Connection, Waiter> {
    typealias Instant = ContinuousClock.Instant
    typealias Lease = PoolLease<Connection>

    enum Acquisition {
        case lease(Lease)
        /// All are lent or promised to others: `wait` joins the queue.
        case wait
        case closed
    }

    enum Action {
        /// Open a connection and report `opened` or `openFailed`.
        case open
        case serve(Waiter, Lease)
        case refuse(Waiter, PostgresError)
        case close(Connection)
        /// Find out what its backend does, and report to `judge`.
        case lookInto(Suspect)
        /// It was reported, and has come back.
        case returnedAfterAll(Lease, held: Duration)
        /// The pool is closed and everything has come back.
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
    /// Numbers, the one used last at the end.
    private var idle: [Int] = []
    private var connecting = 0
    private var waiters = PoolWaitQueue<Waiter>()
    private var made = 0
    private var serial = 0
    /// Failures to connect, one after the other.
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

    /// What is lent and what is promised fills the pool: who waits now waits for a lease to end.
    var isExhausted: Bool { slots.count - idle.count + waiters.count >= configuration.maxConnections }

    /// What is being opened counts: it comes after the end and has to be closed as well.
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

    /// - Parameter since: when the caller began to want one.
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

    /// The waiter's task was cancelled. Nil if it has been served already.
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

    /// It came back in order.
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

    /// It came back, and nobody is to have it any more.
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

    /// With nothing to come back the one who waited longest gets the error; otherwise those who wait go on waiting for what is lent.
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

    /// One for each waiter who has none coming, and what is missing to the minimum.
    private mutating func openings(_ now: Instant) -> [Action] {
        guard !isClosed else { return [] }
        let room = configuration.maxConnections - slots.count - connecting
        let wanted = min(room, max(waiters.count - connecting, configuration.minConnections - slots.count - connecting))
        guard wanted > 0 else { return [] }
        // Where a waiter has nothing else to hope for, waiting before the next try would only make the error late.
        if let openNotBefore, now < openNotBefore, !slots.isEmpty || waiters.isEmpty { return [] }
        connecting += wanted
        return Array(repeating: .open, count: wanted)
    }

    // MARK: Time

    /// Whose deadline is over is refused.
    mutating func expire(_ now: Instant) -> [Action] {
        let overdue = waiters.removeOverdue(now)
        guard !overdue.isEmpty else { return [] }
        let detail = exhaustion(now, waiting: overdue.count + waiters.count)
        return overdue.map { entry in
            count { $0.timeouts += 1 }
            var error = PostgresError(
                .timeout, "no connection of pool \(configuration.name) came free within \((now - entry.since).rounded)",
                // too_many_connections: what the server says in the same situation
                sqlState: "53300", detail: detail, hint: "hold connections for shorter, or raise maxConnections")
            if let outer = entry.outer {
                error.detail = "\(detail); it was wanted under a lease taken at \(outer)"
                error.hint = "who waits for a connection while holding one waits for itself: use the one there is, or ask before"
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

    /// Looks at all limits, and at connections that broke while nobody had them. To be called from time to time.
    mutating func tick(_ now: Instant, isOpen: (Connection) -> Bool = { _ in true }) -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        var kept: [Int] = []
        // The one that was idle longest goes first.
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
            // A slow statement may end and leave a leak behind: it is looked into again, less and less often.
            slots[number]!.use!.lookAt = now + (now - use.lease.since)
            actions.append(.lookInto(Suspect(lease: use.lease, serial: use.serial)))
        }
        return actions
    }

    /// Whether that is news: the lease has not ended meanwhile, and was not reported as the same before.
    mutating func judge(_ suspect: Suspect, _ kind: LeaseReport.Verdict.Kind) -> Bool {
        guard var use = slots[suspect.lease.number]?.use, use.serial == suspect.serial, use.reported != kind else { return false }
        use.reported = kind
        slots[suspect.lease.number]!.use = use
        if kind == .leak { count { $0.leaks += 1 } }
        return true
    }

    // MARK: The end

    /// No more leases. What is idle is closed, who waits is refused; what is lent is closed when it comes back.
    mutating func close() -> [Action] {
        guard !isClosed else { return [] }
        let error = PostgresError(.connection, "pool \(configuration.name) is closed")
        var actions = waiters.removeAll().map { Action.refuse($0.waiter, error) }
        let numbers = idle
        idle = []
        isClosed = true
        for number in numbers { actions += remove(number, .shutdown) }
        // With nothing idle there was nothing to say so.
        if numbers.isEmpty, isDrained { actions.append(.drained) }
        return actions
    }

    /// What is still lent.
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
