/// The tasks that wait for a connection, first come, first served.
///
/// Joining, being served and leaving early cost O(1), amortised: ten thousand tasks that give up at once must not hold up the others.
struct PoolWaitQueue<Waiter> {
    struct Entry {
        let waiter: Waiter
        let site: PostgresCallSite
        /// Where the lease was taken that the task, or one that it descends from, holds meanwhile.
        let outer: PostgresCallSite?
        let since: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant?
    }

    private var entries: [Int: Entry] = [:]
    /// By arrival. Also holds the ids of tasks that have left.
    private var order: [Int] = []
    private var head = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ id: Int, _ entry: Entry) {
        entries[id] = entry
        order.append(id)
    }

    mutating func popFirst() -> Entry? {
        defer { compact() }
        while head < order.count {
            let id = order[head]
            head += 1
            if let entry = entries.removeValue(forKey: id) { return entry }
        }
        return nil
    }

    /// nil if it has been served already.
    mutating func remove(_ id: Int) -> Entry? {
        defer { compact() }
        return entries.removeValue(forKey: id)
    }

    /// Removes those whose deadline has passed, by arrival.
    mutating func removeOverdue(_ now: ContinuousClock.Instant) -> [Entry] {
        defer { compact() }
        return order[head...].compactMap { id in
            guard let deadline = entries[id]?.deadline, deadline <= now else { return nil }
            return entries.removeValue(forKey: id)
        }
    }

    mutating func removeAll() -> [Entry] {
        let all = order[head...].compactMap { entries[$0] }
        self = PoolWaitQueue()
        return all
    }

    var earliestDeadline: ContinuousClock.Instant? { entries.values.lazy.compactMap(\.deadline).min() }

    private mutating func compact() {
        guard order.count > 2 * entries.count + 64 else { return }
        order = order[head...].filter { entries[$0] != nil }
        head = 0
    }
}

extension PoolWaitQueue.Entry: Sendable where Waiter: Sendable {}
