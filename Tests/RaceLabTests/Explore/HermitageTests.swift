import TestSupport
import Testing

@testable import RaceLab

/// The anomalies of Kleppmann's Hermitage, restated: found at each isolation level that allows them, and at no other.
///
/// PostgreSQL allows at READ COMMITTED what is called PMP, P4, G-single, G2-item and G2, at REPEATABLE READ the last two.
@Suite(.serialized, .blocking, .timeLimit(.minutes(5))) struct HermitageTests {
    private struct Anomaly {
        var transactions: [String]
        /// Rows that show it. What a transaction saw is in `seen`.
        var shown: String
        var levels: Set<String> = []
    }

    /// Writes down what a transaction reads.
    private static func see(_ transaction: Int, _ what: String, _ query: String) -> String {
        "INSERT INTO seen SELECT \(transaction), '\(what)', (\(query))"
    }
    private static func read(_ transaction: Int, _ id: Int) -> String {
        see(transaction, "\(id)", "SELECT value FROM test WHERE id = \(id)")
    }
    private static func write(_ id: Int, _ value: Int) -> String { "UPDATE test SET value = \(value) WHERE id = \(id)" }
    private static func saw(_ transaction: Int, _ what: String, _ value: Int) -> String {
        "EXISTS (SELECT FROM seen WHERE s = \(transaction) AND what = '\(what)' AND v = \(value))"
    }

    private static let readCommitted: Set = ["read committed"]
    private static let belowSerializable: Set = ["read committed", "repeatable read"]

    private static let anomalies: [String: Anomaly] = {
        var all: [String: Anomaly] = [:]
        all["G0"] = Anomaly(
            transactions: ["\(write(1, 11)); \(write(2, 21))", "\(write(1, 12)); \(write(2, 22))"],
            shown: "SELECT FROM test AS a, test AS b WHERE a.id = 1 AND b.id = 2 AND a.value % 10 <> b.value % 10")
        all["G1a"] = Anomaly(
            transactions: ["\(write(1, 101)); ROLLBACK", "\(read(1, 1)); \(read(1, 1))"], shown: "SELECT WHERE \(saw(1, "1", 101))")
        all["G1b"] = Anomaly(transactions: ["\(write(1, 101)); \(write(1, 11))", read(1, 1)], shown: "SELECT WHERE \(saw(1, "1", 101))")
        all["G1c"] = Anomaly(
            transactions: ["\(write(1, 11)); \(read(1, 2))", "\(write(2, 22)); \(read(2, 1))"],
            shown: "SELECT WHERE \(saw(1, "2", 22)) AND \(saw(2, "1", 11))")
        all["OTV"] = Anomaly(
            transactions: ["\(write(1, 11)); \(write(2, 19))", "\(write(1, 12)); \(write(2, 18))", "\(read(3, 1)); \(read(3, 2))"],
            shown: "SELECT FROM test WHERE id = 1 AND value = 12 AND \(saw(3, "1", 12)) AND \(saw(3, "2", 19))")
        all["PMP"] = Anomaly(
            transactions: [
                "\(see(1, "before", "SELECT count(*) FROM test WHERE value % 3 = 0")); \(see(1, "after", "SELECT count(*) FROM test WHERE value % 3 = 0"))",
                "INSERT INTO test VALUES (3, 30)",
            ], shown: "SELECT WHERE \(saw(1, "before", 0)) AND \(saw(1, "after", 1))", levels: readCommitted)
        all["P4"] = Anomaly(
            transactions: (1...2).map { "\(read($0, 1)); UPDATE test SET value = (SELECT v + 1 FROM seen WHERE s = \($0)) WHERE id = 1" },
            shown: "SELECT FROM test WHERE id = 1 AND value = 11 AND \(saw(1, "1", 10)) AND \(saw(2, "1", 10))", levels: readCommitted)
        all["G-single"] = Anomaly(
            transactions: ["\(read(1, 1)); \(read(1, 2))", "\(write(1, 12)); \(write(2, 18))"],
            shown: "SELECT WHERE \(saw(1, "1", 10)) AND \(saw(1, "2", 18))", levels: readCommitted)
        all["G2-item"] = Anomaly(
            transactions: ["\(read(1, 2)); \(write(1, 11))", "\(read(2, 1)); \(write(2, 21))"],
            shown: "SELECT WHERE \(saw(1, "2", 20)) AND \(saw(2, "1", 10))", levels: belowSerializable)
        all["G2"] = Anomaly(
            transactions: (1...2).map {
                "\(see($0, "count", "SELECT count(*) FROM test WHERE value % 3 = 0")); INSERT INTO test VALUES (\($0 + 2), \($0 * 30))"
            }, shown: "SELECT WHERE \(saw(1, "count", 0)) AND \(saw(2, "count", 0))", levels: belowSerializable)
        return all
    }()

    @Test(arguments: anomalies.keys.sorted(), ["read committed", "repeatable read", "serializable"])
    func isFoundWhereItIsAllowed(name: String, level: String) async throws {
        let anomaly = Self.anomalies[name]!
        let sessions = anomaly.transactions.enumerated().map { number, body in
            "session t\(number + 1) step do\(number + 1) { BEGIN; \(body); \(body.hasSuffix("ROLLBACK") ? "" : "COMMIT;") }"
        }
        let report = try await TestExplorer.run(
            """
            isolation "\(level)"
            setup { CREATE TABLE test (id int PRIMARY KEY, value int); CREATE TABLE seen (s int, what text, v int) }
            reset { TRUNCATE test, seen; INSERT INTO test VALUES (1, 10), (2, 20) }
            \(sessions.joined(separator: "\n"))
            invariant "\(name)" { \(anomaly.shown) }
            """)
        if anomaly.levels.contains(level) {
            #expect(report.finding?.violation == .invariant(name) && report.finding?.isStable == true, "\(report)")
        } else {
            #expect(report.held && report.isExhaustive, "\(report.finding?.detail ?? "") \(report)")
        }
    }
}
