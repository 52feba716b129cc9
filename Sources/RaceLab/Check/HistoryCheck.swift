/// A promise about a whole history of reads and writes.
public enum HistoryCheck: Sendable, Hashable {
    /// Nothing happened that the isolation level forbids.
    case isolation(IsolationLevel)
    /// The versions of each key are one chain.
    case versions
    /// The operations of each key are as if each had happened at one moment between its call and its answer.
    case linearizable

    /// As scenario files and commands name it.
    public var name: String {
        switch self {
        case .isolation(let level): level.rawValue
        case .versions: "versions"
        case .linearizable: "linearizable"
        }
    }

    public static let all = IsolationLevel.allCases.map { HistoryCheck.isolation($0) } + [.versions, .linearizable]

    /// - Parameter order: of that history; made once for several checks.
    func findings(in history: TransactionHistory, _ order: VersionOrder) -> CheckFindings {
        switch self {
        case .isolation(let level): AdyaChecker(history, order, level: level).check()
        case .versions: VersionChecker(history: history, order: order).check()
        case .linearizable: LinearizabilityChecker(history, order).check()
        }
    }
}

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

/// Something that must not be, and who did it.
public struct CheckFinding: Sendable, Equatable, Encodable {
    /// `G2-item`, `fork`, `stale read`, …
    public var name: String
    /// Lines of the history file, from 1.
    public var transactions: [Int]
    /// In one sentence, with transactions as `T12` for line 12.
    public var text: String
}

/// What one check found: how often, and the first ones.
public struct CheckFindings: Sendable, Equatable {
    public private(set) var count = 0
    public private(set) var first: [CheckFinding] = []
    /// What could not be judged, and why.
    public var notes: [String] = []
    static let kept = 20

    mutating func add(_ finding: @autoclosure () -> CheckFinding) {
        count += 1
        if first.count < Self.kept { first.append(finding()) }
    }
}

extension RaceReport {
    /// A scenario's checks of the history stand among its invariants: a violation is something found, the samples are the first of it.
    /// A history that says nothing violates them too.
    static func checks(_ checks: [HistoryCheck], history path: String) throws(HistoryError) -> [InvariantReport] {
        guard !checks.isEmpty else { return [] }
        let history = try TransactionHistory(path: path)
        do throws(RaceError) {
            return try history.check(checks).map { check, findings in
                InvariantReport(name: check.name, violations: findings.count, samples: findings.first.prefix(5).map(\.text))
            }
        } catch {
            return checks.map { InvariantReport(name: $0.name, violations: 1, samples: [error.description]) }
        }
    }
}

extension TransactionHistory {
    /// Every check in turn. A history without any access is an error: it says nothing.
    public func check(_ checks: [HistoryCheck]) throws(RaceError) -> [(check: HistoryCheck, findings: CheckFindings)] {
        guard !accesses.isEmpty else {
            throw RaceError(
                "there is nothing to check: none of \(count) operations answered a row with race_key and race_read or race_write")
        }
        let order = VersionOrder(self)
        return checks.map { ($0, $0.findings(in: self, order)) }
    }

    func name(_ transaction: Int) -> String { "T\(transaction + 1)" }
}
