/// SQL's isolation levels, by what Adya's thesis has them forbid: PL-1, PL-2, PL-SI (without its rules about time) and PL-3.
///
/// Source: Atul Adya, "Weak Consistency: A Generalized Theory and Optimistic Implementations for Distributed Transactions", MIT, 1999.
public enum IsolationLevel: String, Sendable, CaseIterable, Comparable {
    case readUncommitted = "read uncommitted"
    case readCommitted = "read committed"
    case repeatableRead = "repeatable read"
    case serializable

    /// Those that PostgreSQL tells apart.
    public static let distinct: [IsolationLevel] = [.readCommitted, .repeatableRead, .serializable]

    public static func < (a: Self, b: Self) -> Bool { allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)! }
}
