/// The reads and writes of a history, key by key, in the order of the versions: each write, then the reads of what it wrote.
///
/// Only transactions that took effect are in it: those answered, and those of unknown outcome that somebody read from.
struct VersionOrder: Sendable {
    struct Event: Sendable {
        var version: Int64
        /// Twice the access's number, plus one for a read.
        fileprivate var code: UInt32
        var transaction: UInt32

        var access: Int { Int(code >> 1) }
        var isRead: Bool { code & 1 == 1 }

        fileprivate func comes(before other: Event) -> Bool {
            version < other.version || (version == other.version && !isRead && other.isRead)
        }
    }

    /// Two accesses: the read, and the write of the aborted transaction.
    struct AbortedRead: Sendable {
        var read, write: Int
    }

    private(set) var events: [Event] = []
    /// Where the events of each key begin, and where the last ones end.
    private(set) var starts: [Int] = []
    /// Reads of versions that only an aborted transaction wrote.
    private(set) var abortedReads: [AbortedRead] = []
    /// Reads of what one of several transactions of unknown outcome wrote.
    private(set) var unclearReads = 0

    private struct Version: Hashable {
        var key: UInt32
        var version: Int64
    }

    init(_ history: TransactionHistory) {
        var unknown: [Version: [Int]] = [:]
        var aborted: [Version: Int] = [:]
        for (index, access) in history.accesses.enumerated() where !history.isAllAnswered && access.writes {
            let version = Version(key: access.key, version: access.write)
            switch history.transactions[Int(access.transaction)].outcome {
            case .ok: break
            case .unknown: unknown[version, default: []].append(index)
            case .error: aborted[version] = index
            }
        }
        // A transaction of unknown outcome took effect if what it wrote was read; then its own reads may show the same of others.
        var tookEffect: Set<UInt32> = []
        while true {
            sort(history, tookEffect)
            if unknown.isEmpty && aborted.isEmpty { break }
            let found = tookEffect.count
            (abortedReads, unclearReads) = ([], 0)
            for read in unwrittenReads() {
                let access = history.accesses[read]
                let version = Version(key: access.key, version: access.read)
                let writers = unknown[version, default: []].map { history.accesses[$0].transaction }
                if writers.count == 1 {
                    tookEffect.insert(writers[0])
                } else if writers.count > 1 {
                    unclearReads += 1
                } else if let write = aborted[version], history.accesses[write].transaction != access.transaction {
                    abortedReads.append(AbortedRead(read: read, write: write))
                }
            }
            if tookEffect.count == found { break }
        }
    }

    func keyRange(_ key: Int) -> Range<Int> { starts[key]..<starts[key + 1] }

    /// Events of one key each, in turn.
    var keyRanges: LazyMapSequence<Range<Int>, Range<Int>> { (0..<starts.count - 1).lazy.map { keyRange($0) } }

    /// Counting sort by key, then insertion from the right: a history is in order of start, and that is nearly the order of the versions.
    private mutating func sort(_ history: TransactionHistory, _ tookEffect: Set<UInt32>) {
        func counts(_ access: TransactionHistory.Access) -> Bool {
            if history.isAllAnswered { return true }
            return switch history.transactions[Int(access.transaction)].outcome {
            case .ok: true
            case .error: false
            case .unknown: tookEffect.contains(access.transaction)
            }
        }
        starts = [Int](repeating: 0, count: history.keys.count + 1)
        for access in history.accesses where counts(access) {
            starts[Int(access.key) + 1] += (access.reads ? 1 : 0) + (access.writes ? 1 : 0)
        }
        for key in 0..<history.keys.count { starts[key + 1] += starts[key] }
        events = [Event](repeating: Event(version: 0, code: 0, transaction: 0), count: starts[history.keys.count])
        var ends = Array(starts.dropLast())
        var disordered = [Bool](repeating: false, count: history.keys.count)
        for (index, access) in history.accesses.enumerated() where counts(access) {
            let key = Int(access.key)
            if access.reads {
                let event = Event(version: access.read, code: UInt32(index) << 1 | 1, transaction: access.transaction)
                insert(event, starts[key], &ends[key], &disordered[key])
            }
            if access.writes {
                let event = Event(version: access.write, code: UInt32(index) << 1, transaction: access.transaction)
                insert(event, starts[key], &ends[key], &disordered[key])
            }
        }
        for key in disordered.indices where disordered[key] {
            events[keyRange(key)].sort { $0.comes(before: $1) || (!$1.comes(before: $0) && $0.code < $1.code) }
        }
    }

    /// Gives a key up that is too far from its order: it is sorted as a whole later.
    private mutating func insert(_ event: Event, _ start: Int, _ end: inout Int, _ disordered: inout Bool) {
        var place = end
        end += 1
        if !disordered {
            let limit = max(start, place - 256)
            while place > limit, event.comes(before: events[place - 1]) {
                events[place] = events[place - 1]
                place -= 1
            }
            if place == limit, place > start, event.comes(before: events[place - 1]) { disordered = true }
        }
        events[place] = event
    }

    /// The accesses that read a version without a write.
    private func unwrittenReads() -> [Int] {
        var found: [Int] = []
        for range in keyRanges {
            var written: Int64?
            for event in events[range] {
                if !event.isRead { written = event.version } else if event.version != written { found.append(event.access) }
            }
        }
        return found
    }
}
