/// What a run did, and whether everything it promised held.
public struct RaceReport: Sendable, Encodable {
    public struct OperationReport: Sendable, Encodable {
        public var name: String
        public var count: Int
        public var perSecond: Double
        /// Latency in microseconds, from call to answer, retries included.
        public var p50, p95, p99, max: Double
        /// Answers that are refusals: a first row whose column `success` is false, or an expected SQLSTATE.
        public var conflicts: Int
        /// Attempts that ended in a serialization failure or a deadlock and were repeated.
        public var retries: Int
        public var unknown: Int
        /// Two calls had different answers.
        public var differs = false
    }

    public struct InvariantReport: Sendable, Encodable {
        public var name: String
        public var violations: Int
        /// The first rows that violate it, as JSON text, or the first findings of a check of the history, in words.
        public var samples: [String] = []
    }

    public struct TallyReport: Sendable, Encodable {
        public var name: String
        public var acknowledged, present: Int
        public var missing: Int { Swift.max(0, acknowledged - present) }
    }

    /// An error that the operation does not expect.
    public struct Failure: Sendable, Encodable, Hashable {
        public var operation: String
        public var sqlState: String?
        public var message: String
        public var count = 1
    }

    public var scenario: String
    public var mutant: String?
    public var seed: UInt64
    public var connections: Int
    /// How long the clients ran, in seconds.
    public var seconds: Double
    public var interrupted: Bool
    public var operations: [OperationReport]
    public var invariants: [InvariantReport] = []
    public var tallies: [TallyReport] = []
    public var failures: [Failure]
    public var reconnects: Int
    /// Rows inserted, updated or deleted during the run, as the server counts them; nil if the server was restarted.
    public var rows: Int?
    public var history: String

    public var count: Int { operations.reduce(0) { $0 + $1.count } }
    public var perSecond: Double { seconds > 0 ? Double(count) / seconds : 0 }
    public var retries: Int { operations.reduce(0) { $0 + $1.retries } }
    public var conflicts: Int { operations.reduce(0) { $0 + $1.conflicts } }
    public var unknown: Int { operations.reduce(0) { $0 + $1.unknown } }
    public var acknowledged: Int { tallies.reduce(0) { $0 + $1.acknowledged } }
    public var present: Int { tallies.reduce(0) { $0 + $1.present } }
    /// Rows that must not exist, plus what was acknowledged and is missing.
    public var violations: Int { invariants.reduce(0) { $0 + $1.violations } + tallies.reduce(0) { $0 + $1.missing } }
    /// A promise was broken, or an operation failed.
    public var isBroken: Bool { violations > 0 || !failures.isEmpty }
    /// Every promise was tested to the end of the run, and kept.
    public var held: Bool { !isBroken && !interrupted && emptiness == nil }

    /// Why nothing was tested, in words; nil if something was.
    public var emptiness: String? {
        if count == 0 { return "no operation was answered" }
        if count == conflicts { return "all \(count) operations were refused" }
        guard rows == 0, retries == 0, !operations.contains(where: \.differs) else { return nil }
        return "no operation changed a row, and all gave the same answers"
    }

    /// Why it did not hold, in one line.
    public var reasons: [String] {
        invariants.filter { $0.violations > 0 }.map { "\($0.name): \($0.violations)" }
            + tallies.filter { $0.missing > 0 }.map { "\($0.name): \($0.missing) missing" }
            + failures.map { "\($0.operation): \($0.sqlState ?? "error") \($0.message) (\($0.count))" }
            + (interrupted ? [] : emptiness.map { [$0] } ?? [])
    }

    private enum Key: String, CodingKey {
        case scenario, mutant, seed, connections, seconds, interrupted, held, operations, invariants, tallies, failures, reconnects, history
        case count, perSecond, retries, conflicts, acknowledged, present, unknown, violations, rows
    }

    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(scenario, forKey: .scenario)
        try object.encodeIfPresent(mutant, forKey: .mutant)
        // As text: JSON readers that hold numbers as doubles would change it.
        try object.encode(String(seed), forKey: .seed)
        try object.encode(connections, forKey: .connections)
        try object.encode(seconds, forKey: .seconds)
        try object.encode(interrupted, forKey: .interrupted)
        try object.encode(held, forKey: .held)
        try object.encode(count, forKey: .count)
        try object.encode(perSecond, forKey: .perSecond)
        try object.encode(retries, forKey: .retries)
        try object.encode(conflicts, forKey: .conflicts)
        try object.encode(acknowledged, forKey: .acknowledged)
        try object.encode(present, forKey: .present)
        try object.encode(unknown, forKey: .unknown)
        try object.encode(violations, forKey: .violations)
        try object.encode(operations, forKey: .operations)
        try object.encode(invariants, forKey: .invariants)
        try object.encode(tallies, forKey: .tallies)
        try object.encode(failures, forKey: .failures)
        try object.encode(reconnects, forKey: .reconnects)
        try object.encodeIfPresent(rows, forKey: .rows)
        try object.encode(history, forKey: .history)
    }
}
