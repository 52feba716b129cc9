import Synchronization

/// The arrivals of a load on their way to its clients: a client that is free takes the next one, and waits if it is still to come.
///
/// An arrival for which no client is free waits and is taken in order; one that finds `bound` others waiting is dropped. That is the same
/// as one dispatcher with a queue, because nothing leaves the queue between two calls.
final class LoadQueue: Sendable {
    private struct State {
        var arrivals: LoadArrivals
        var next: UInt64?
        /// Those before `first` have been taken.
        var waiting: [UInt64] = []
        var first = 0
        var ended = false
    }

    private let state: Mutex<State>
    private let bound: Int

    init(_ arrivals: LoadArrivals, bound: Int) {
        var arrivals = arrivals
        let next = arrivals.next()
        self.bound = bound
        state = Mutex(State(arrivals: arrivals, next: next))
    }

    struct Taken {
        /// nil when there are no more.
        var arrival: UInt64?
        /// Arrivals since the last call that no client will serve.
        var dropped: [UInt64] = []
    }

    /// - Parameter now: nanoseconds since the load began.
    func take(now: UInt64) -> Taken {
        state.withLock { state in
            var taken = Taken()
            guard !state.ended else { return taken }
            while let next = state.next, next <= now {
                if state.waiting.count - state.first < bound { state.waiting.append(next) } else { taken.dropped.append(next) }
                state.next = state.arrivals.next()
            }
            if state.first < state.waiting.count {
                taken.arrival = state.waiting[state.first]
                state.first += 1
                if state.first == state.waiting.count {
                    state.waiting.removeAll(keepingCapacity: true)
                    state.first = 0
                }
            } else {
                taken.arrival = state.next
                state.next = state.arrivals.next()
            }
            return taken
        }
    }

    /// How many wait for a client.
    var waiting: Int { state.withLock { $0.waiting.count - $0.first } }

    /// Whether all arrivals have been given out, or no more will be.
    var isOver: Bool { state.withLock { $0.ended || $0.next == nil && $0.first == $0.waiting.count } }
    var isEnded: Bool { state.withLock { $0.ended } }

    /// Gives out nothing any more.
    ///
    /// - Returns: what was not given out, both what waited and what was still to come.
    @discardableResult
    func end() -> [UInt64] {
        state.withLock { state in
            guard !state.ended else { return [] }
            state.ended = true
            var left = Array(state.waiting[state.first...])
            while let next = state.next {
                left.append(next)
                state.next = state.arrivals.next()
            }
            (state.waiting, state.first) = ([], 0)
            return left
        }
    }
}
