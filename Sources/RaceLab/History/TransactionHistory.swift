/// What a history's transactions read and wrote, and nothing else, so that ten million of them fit into memory.
///
/// A transaction's number is its line in the history file minus one. The versions of a key are ordered as numbers; a
/// version below all that the history wrote is the state before it.
public struct TransactionHistory: Sendable {
    /// Together on one cache line, because checkers look transactions up in the order of the keys.
    struct Transaction: Sendable {
        /// On one monotonic clock, in nanoseconds. What is of unknown outcome has no end: it may still take effect.
        var start, end: UInt64
        var client, sequence: Int32
        var firstAccess: UInt32
        var outcome: HistoryRecord.Outcome
        /// Whether it wrote some key more than once.
        var rewrites = false
    }

    /// A version that a transaction read, one that it wrote, or both: of one row.
    struct Access: Sendable {
        var read, write: Int64
        var key, transaction: UInt32

        /// Stands for "none".
        static let none = Int64.min
        var reads: Bool { read != Self.none }
        var writes: Bool { write != Self.none }
    }

    private(set) var transactions: [Transaction] = []
    private(set) var accesses: [Access] = []
    private(set) var keys = KeyTable()
    /// Transactions of unknown outcome whose accesses are unknown too: they may have written anything.
    private(set) var silent = 0
    /// Whether every transaction has the outcome ok.
    private(set) var isAllAnswered = true
    /// For each key the last transaction that wrote it.
    private var lastWriter: [UInt32] = []

    public init() {}

    /// Operations, each of which was a transaction.
    public var count: Int { transactions.count }
    public var accessCount: Int { accesses.count }

    mutating func reserve(transactions count: Int, accesses accessCount: Int) {
        transactions.reserveCapacity(count)
        accesses.reserveCapacity(accessCount)
    }

    mutating func begin(start: UInt64, end: UInt64, client: Int, sequence: Int, outcome: HistoryRecord.Outcome) {
        transactions.append(
            Transaction(
                start: start, end: outcome == .unknown ? .max : end, client: Int32(truncatingIfNeeded: client),
                sequence: Int32(truncatingIfNeeded: sequence), firstAccess: UInt32(accesses.count), outcome: outcome))
        if outcome == .unknown { silent += 1 }
        if outcome != .ok { isAllAnswered = false }
    }

    /// An access of the transaction that began last.
    mutating func access(_ key: some Collection<UInt8>, read: Int64?, write: Int64?) {
        guard read != nil || write != nil else { return }
        let number = keys.number(of: key)
        if number == lastWriter.count { lastWriter.append(.max) }
        let current = transactions.count - 1
        if transactions[current].outcome == .unknown, accessRange(current).isEmpty { silent -= 1 }
        accesses.append(
            Access(read: read ?? Access.none, write: write ?? Access.none, key: UInt32(number), transaction: UInt32(current)))
        guard write != nil else { return }
        if lastWriter[number] == UInt32(current) { transactions[current].rewrites = true }
        lastWriter[number] = UInt32(current)
    }

    func accessRange(_ transaction: Int) -> Range<Int> {
        let next = transaction + 1
        return Int(
            transactions[transaction].firstAccess)..<(next < transactions.count ? Int(transactions[next].firstAccess) : accesses.count)
    }
}
