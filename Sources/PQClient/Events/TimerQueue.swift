/// Timers of one event thread, in order of their deadlines. A cancelled timer stays, without its callback, until its deadline or until the
/// queue has doubled since it was last swept.
struct TimerQueue {
    private var latestFirst: [EventTimer] = []
    private var countToSweepAt = 64

    var count: Int { latestFirst.count }

    mutating func add(at deadline: ContinuousClock.Instant, _ body: @escaping () -> Void) -> EventTimer {
        // Most time limits are set and cancelled long before they pass.
        if latestFirst.count >= countToSweepAt {
            latestFirst.removeAll(where: \.isCancelled)
            countToSweepAt = max(64, latestFirst.count * 2)
        }
        let timer = EventTimer(deadline: deadline, body: body)
        var low = 0
        var high = latestFirst.count
        while low < high {
            let middle = (low + high) / 2
            if latestFirst[middle].deadline > deadline { low = middle + 1 } else { high = middle }
        }
        latestFirst.insert(timer, at: low)
        return timer
    }

    /// Removes the first timer that is due. The caller runs it, because its callback may add timers here.
    mutating func popDue() -> EventTimer? {
        guard let timer = latestFirst.last, timer.deadline <= .now else { return nil }
        return latestFirst.removeLast()
    }

    /// For the poller: -1 without a timer, else milliseconds, rounded up so that it does not spin before the deadline.
    func millisecondsToNext() -> Int32 {
        guard let next = latestFirst.last else { return -1 }
        let left = ContinuousClock.now.duration(to: next.deadline)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
