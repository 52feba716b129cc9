/// The statements of a connection, of which one is active. Pure: events go in, the next thing to do comes out.
///
/// Statements run one at a time, in the order of their arrival. A cancel request names the connection, not the statement, so no statement
/// may start between sending one and its return: it could hit the wrong statement.
struct StatementQueue<Item: AnyObject> {
    enum CancelAction: Equatable {
        /// It had not started, and now it never will.
        case removed
        /// It is on the wire: send a cancel request, unless one is under way.
        case send
        case nothing
    }

    private(set) var active: Item?
    private(set) var cancelInFlight = false
    private(set) var isClosed = false
    private var waiting: [Item] = []
    private var head = 0

    var isIdle: Bool { active == nil && waitingCount == 0 && !cancelInFlight }
    var waitingCount: Int { waiting.count - head }

    /// True if the item is to start now.
    mutating func submit(_ item: Item) -> Bool {
        precondition(!isClosed)
        if active == nil, waitingCount == 0, !cancelInFlight {
            active = item
            return true
        }
        waiting.append(item)
        return false
    }

    /// The active item's answer is complete. Returns the item to start now.
    mutating func finished() -> Item? {
        active = nil
        return startNext()
    }

    mutating func cancel(_ item: Item) -> CancelAction {
        if active === item {
            if cancelInFlight { return .nothing }
            cancelInFlight = true
            return .send
        }
        guard let index = waiting[head...].firstIndex(where: { $0 === item }) else { return .nothing }
        waiting.remove(at: index)
        return .removed
    }

    /// The cancel request has returned and cannot hit a statement any more. Returns the item to start now.
    mutating func cancelReturned() -> Item? {
        cancelInFlight = false
        return active == nil ? startNext() : nil
    }

    /// The active item first.
    var unfinished: [Item] { (active.map { [$0] } ?? []) + waiting[head...] }

    /// Everything that was not finished.
    mutating func close() -> [Item] {
        isClosed = true
        let items = unfinished
        active = nil
        waiting = []
        head = 0
        return items
    }

    private mutating func startNext() -> Item? {
        guard !cancelInFlight, !isClosed, waitingCount > 0 else { return nil }
        active = waiting[head]
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 32, head * 2 > waiting.count {
            waiting.removeFirst(head)
            head = 0
        }
        return active
    }
}
