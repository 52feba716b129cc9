/// Per-key linearizability: each read and write can be given a moment between its call and its answer, so that the moments are in the
/// order of the versions.
///
/// That order is known, so it is enough that nothing later in it was over before something earlier in it began. One sweep over each key
/// keeps the latest beginning so far. Each key is judged separately; transactions over several keys are the subject of isolation levels.
///
/// Source of the condition: Gibbons, Korach, "Testing Shared Memories", SIAM J. Comput. 26(4), 1997, for writes in a given order.
struct LinearizabilityChecker {
    private let history: TransactionHistory
    private let order: VersionOrder
    private var findings = CheckFindings()

    init(_ history: TransactionHistory, _ order: VersionOrder) {
        self.history = history
        self.order = order
    }

    consuming func check() -> CheckFindings {
        for range in order.keyRanges { walk(range) }
        return findings
    }

    private mutating func walk(_ range: Range<Int>) {
        // The latest to begin of what is before the current rank, and of the current rank itself: reads of one version have one rank.
        var earlier: (start: UInt64, event: VersionOrder.Event)?
        var same: (start: UInt64, event: VersionOrder.Event)?
        for event in order.events[range] {
            if let rank = same?.event, rank.version != event.version || rank.isRead != event.isRead {
                if earlier.map({ $0.start < same!.start }) ?? true { earlier = same }
                same = nil
            }
            let transaction = history.transactions[Int(event.transaction)]
            if let earlier, transaction.end < earlier.start { add(earlier.event, event) }
            if same.map({ $0.start < transaction.start }) ?? true { same = (transaction.start, event) }
        }
    }

    /// `late` has a place before `early` in the order of the versions, but began after that one's answer.
    private mutating func add(_ late: VersionOrder.Event, _ early: VersionOrder.Event) {
        let names = [late, early].map { Int($0.transaction) }
        let key = history.keys[Int(history.accesses[late.access].key)]
        func did(_ event: VersionOrder.Event) -> String { "\(event.isRead ? "read" : "wrote") v\(event.version)" }
        let name = late.isRead ? "stale read" : "late write"
        findings.add(
            CheckFinding(
                name: name, transactions: names.map { $0 + 1 },
                text: "\(name): \(history.name(names[0])) \(did(late)) of \(key), but began "
                    + "\(history.transactions[names[0]].start - history.transactions[names[1]].end) ns after "
                    + "\(history.name(names[1])), which \(did(early)), had been answered"))
    }
}
