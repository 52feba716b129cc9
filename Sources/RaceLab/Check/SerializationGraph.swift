/// The direct serialization graph of a history whose version order is known.
///
/// Edges are not stored: each is found from the place of an access in its key's order. A version is followed by the next one (ww) and by
/// its readers (wr); a reader of a version is followed by the writer of the next one (rw). All other edges follow from these.
struct SerializationGraph {
    struct Kinds: OptionSet, Sendable {
        var rawValue: UInt8
        static let ww = Kinds(rawValue: 1)
        static let wr = Kinds(rawValue: 2)
        static let rw = Kinds(rawValue: 4)
        static let all: Kinds = [.ww, .wr, .rw]

        var name: String { self == .ww ? "ww" : self == .wr ? "wr" : "rw" }
    }

    struct Edge: Sendable {
        var source, target: UInt32
        var kind: Kinds
        /// The events at its ends.
        var from, to: UInt32
    }

    /// Where the edges of one transaction have been followed to.
    struct Cursor {
        fileprivate var access: UInt32
        fileprivate let end: UInt32
        fileprivate var place: UInt32 = 0
        fileprivate var phase = Phase.read
        var source: UInt32
    }
    fileprivate enum Phase: UInt8 { case read, write, readers, next }

    let history: TransactionHistory
    let order: VersionOrder
    /// The events of each access, `none` for what it did not do.
    private var readAt, writtenAt: [UInt32]
    /// For each event the next write of its key, or `none`.
    private var nextWrite: [UInt32]
    private static let none = UInt32.max

    init(_ history: TransactionHistory, _ order: VersionOrder) {
        self.history = history
        self.order = order
        readAt = [UInt32](repeating: Self.none, count: history.accessCount)
        writtenAt = readAt
        nextWrite = [UInt32](repeating: Self.none, count: order.events.count)
        for range in order.keyRanges {
            var next = Self.none
            for place in range.reversed() {
                let event = order.events[place]
                nextWrite[place] = next
                if event.isRead {
                    readAt[event.access] = UInt32(place)
                } else {
                    writtenAt[event.access] = UInt32(place)
                    next = UInt32(place)
                }
            }
        }
    }

    var count: Int { history.count }

    func cursor(_ transaction: UInt32) -> Cursor {
        let range = history.accessRange(Int(transaction))
        return Cursor(access: UInt32(range.lowerBound), end: UInt32(range.upperBound), source: transaction)
    }

    /// The next edge of one of the kinds, to another transaction.
    func next(_ cursor: inout Cursor, _ kinds: Kinds) -> Edge? {
        while cursor.access < cursor.end {
            let access = Int(cursor.access)
            switch cursor.phase {
            case .read:
                cursor.phase = .write
                let place = readAt[access]
                if kinds.contains(.rw), place != Self.none, let edge = edge(cursor, .rw, place, nextWrite[Int(place)]) {
                    return edge
                }
            case .write:
                let place = writtenAt[access]
                cursor.phase = .readers
                cursor.place = place
                if place == Self.none {
                    cursor.phase = .read
                    cursor.access += 1
                } else if !kinds.contains(.wr) {
                    cursor.phase = .next
                }
            case .readers:
                let written = Int(writtenAt[access])
                cursor.place += 1
                let place = Int(cursor.place)
                // Up to the next write there are reads only, and up to the end of the key if there is none.
                let next = nextWrite[written]
                let limit = next == Self.none ? order.keyRange(Int(history.accesses[access].key)).upperBound : Int(next)
                guard place < limit, order.events[place].version == order.events[written].version
                else {
                    cursor.phase = .next
                    continue
                }
                if let edge = edge(cursor, .wr, UInt32(written), cursor.place) { return edge }
            case .next:
                let place = writtenAt[access]
                cursor.phase = .read
                cursor.access += 1
                if kinds.contains(.ww), let edge = edge(cursor, .ww, place, nextWrite[Int(place)]) { return edge }
            }
        }
        return nil
    }

    private func edge(_ cursor: Cursor, _ kind: Kinds, _ from: UInt32, _ to: UInt32) -> Edge? {
        guard to != Self.none else { return nil }
        let target = order.events[Int(to)].transaction
        guard target != cursor.source else { return nil }
        return Edge(source: cursor.source, target: target, kind: kind, from: from, to: to)
    }

    /// `-rw(account 3: v4->v5)->`, with one version for wr.
    func text(_ edge: Edge) -> String {
        let (from, to) = (order.events[Int(edge.from)], order.events[Int(edge.to)])
        let key = history.keys[Int(history.accesses[from.access].key)]
        let versions = edge.kind == .wr ? "v\(from.version)" : "v\(from.version)->v\(to.version)"
        return "-\(edge.kind.name)(\(key): \(versions))->"
    }
}
