import Synchronization

/// Events between the connection and the task that iterates. Bounded: events that do not fit are dropped, and one `mayHaveMissed` takes
/// their place.
final class ListenerBuffer: Sendable {
    typealias Event = PostgresListener.Event
    private typealias Waiter = CheckedContinuation<Event?, Never>

    private struct State {
        var events: [Event] = []
        var head = 0
        var isFinished = false
        var waiters: [(id: Int, waiter: Waiter)] = []
        var nextID = 0

        var count: Int { events.count - head }

        mutating func pop() -> Event? {
            guard head < events.count else { return nil }
            defer {
                head += 1
                if head == events.count {
                    events.removeAll(keepingCapacity: true)
                    head = 0
                } else if head > 64, head * 2 > events.count {
                    events.removeFirst(head)
                    head = 0
                }
            }
            return events[head]
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    func add(_ event: Event) {
        let waiter: Waiter? = state.withLock { state in
            guard !state.isFinished else { return nil }
            if !state.waiters.isEmpty { return state.waiters.removeFirst().waiter }
            if state.count < limit {
                state.events.append(event)
            } else if state.count == limit || !event.isNotification {
                let lost = PostgresError(.usage, "more than \(limit) events were waiting to be read; later ones were dropped")
                state.events.append(event.isNotification ? .mayHaveMissed(lost) : event)
            }
            return nil
        }
        waiter?.resume(returning: event)
    }

    /// nil when the listener is closed or the task cancelled.
    func next() async -> Event? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Event?? = state.withLock { state in
                    if Task.isCancelled { return .some(nil) }
                    if let event = state.pop() { return .some(event) }
                    if state.isFinished { return .some(nil) }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).waiter }
            }
            waiter?.resume(returning: nil)
        }
    }

    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for (_, waiter) in waiters { waiter.resume(returning: nil) }
    }
}

extension PostgresListener.Event {
    fileprivate var isNotification: Bool {
        if case .notification = self { true } else { false }
    }
}
