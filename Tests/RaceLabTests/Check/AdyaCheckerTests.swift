import Testing

@testable import RaceLab

/// The smallest history of each anomaly, from which level on it is forbidden, and its neighbours that are none.
struct AdyaCheckerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var anomaly: String
        var history: String
        /// The lowest level that forbids it.
        var level: IsolationLevel
        /// At that level.
        var texts: [String]
        var testDescription: String { anomaly }
    }

    static let anomalies = [
        Case(
            anomaly: "dirty write", history: "x:->1 y:->2\nx:->2 y:->1", level: .readUncommitted,
            texts: ["G0: T1 -ww(x: v1->v2)-> T2 -ww(y: v1->v2)-> T1"]),
        Case(
            anomaly: "aborted read", history: "error x:->1\nx:1", level: .readCommitted,
            texts: ["G1a: T2 read x: v1 of T1, which was aborted"]),
        Case(
            anomaly: "intermediate read", history: "x:->1 x:->2\nx:1", level: .readCommitted,
            texts: ["G1b: T2 read x: v1 of T1, which wrote v2 over it"]),
        Case(
            anomaly: "circular information flow", history: "x:->1 y:1\ny:->1 x:1", level: .readCommitted,
            texts: ["G1c: T1 -wr(x: v1)-> T2 -wr(y: v1)-> T1"]),
        Case(
            anomaly: "write and information flow", history: "x:->2 y:->1\nx:->1 y:1", level: .readCommitted,
            texts: ["G1c: T1 -wr(y: v1)-> T2 -ww(x: v1->v2)-> T1"]),
        Case(
            anomaly: "lost update", history: "x:->1\nx:1->2\nx:1->3", level: .repeatableRead,
            texts: ["G-single: T2 -ww(x: v2->v3)-> T3 -rw(x: v1->v2)-> T2"]),
        Case(
            anomaly: "lost update with one version twice", history: "x:0->1\nx:0->1", level: .repeatableRead,
            texts: ["G-single: T1 -ww(x: v1->v1)-> T2 -rw(x: v0->v1)-> T1"]),
        Case(
            anomaly: "non-repeatable read", history: "x:0 x:1\nx:0->1", level: .repeatableRead,
            texts: ["G-single: T1 -rw(x: v0->v1)-> T2 -wr(x: v1)-> T1"]),
        Case(
            anomaly: "read skew", history: "x:0 y:1\nx:0->1 y:0->1", level: .repeatableRead,
            texts: ["G-single: T1 -rw(x: v0->v1)-> T2 -wr(y: v1)-> T1"]),
        Case(
            anomaly: "read skew through a third", history: "x:0 y:1\nx:0->1\nx:1 y:0->1", level: .repeatableRead,
            texts: ["G-single: T1 -rw(x: v0->v1)-> T2 -wr(x: v1)-> T3 -wr(y: v1)-> T1"]),
        Case(
            anomaly: "write skew", history: "x:0 y:0->1\ny:0 x:0->1", level: .serializable,
            texts: ["G2-item: T1 -rw(x: v0->v1)-> T2 -rw(y: v0->v1)-> T1"]),
        Case(
            anomaly: "long fork", history: "x:->1\ny:->1\nx:1 y:0\nx:0 y:1", level: .serializable,
            texts: ["G2-item: T1 -wr(x: v1)-> T3 -rw(y: v0->v1)-> T2 -wr(y: v1)-> T4 -rw(x: v0->v1)-> T1"]),
        Case(
            anomaly: "read-only transaction", history: "s:0 c:0->1\ns:0->1\ns:1 c:0", level: .serializable,
            texts: ["G2-item: T1 -rw(s: v0->v1)-> T2 -wr(s: v1)-> T3 -rw(c: v0->v1)-> T1"]),
    ]

    @Test(arguments: anomalies) func isRejectedFromItsLevelOn(_ anomaly: Case) {
        let history = TransactionHistory(anomaly.history)
        for level in IsolationLevel.allCases {
            let texts = history.texts(.isolation(level))
            if level == anomaly.level { #expect(texts == anomaly.texts) }
            #expect(texts.isEmpty == (level < anomaly.level), "\(level): \(texts)")
        }
    }

    @Test(arguments: [
        // One after the other, whoever began first.
        "x:0->1 y:0->1\nx:1->2 y:1->2\nx:2 y:2",
        // Both read what only one writes.
        "x:0 y:0->1\ny:0 x:0",
        // A write without its read stands after what it did not see.
        "x:->1\nx:1->2\nx:->3",
        // An aborted write that nobody read, and a version that was given out again after it.
        "error x:->1\nx:0->1\nx:1",
        "error x:->1 y:->1\nx:0 y:0",
        // What one wrote over itself, seen by itself only.
        "x:->1 x:1->2 x:2\nx:2",
        // Unknown outcomes that nobody read from.
        "unknown x:0->1\nx:0->1\nx:0",
        // Unread, the write skew of one of unknown outcome did not happen.
        "x:0 y:0->1\nunknown y:0 x:0->1",
        // Versions with holes are in order all the same.
        "x:10->20\nx:20->30\nx:30",
        "x:5\ny:7",
    ])
    func nothingIsFoundWhereNothingIs(_ text: String) {
        for level in IsolationLevel.allCases { #expect(TransactionHistory(text).texts(.isolation(level)) == [], "\(level)") }
    }

    @Test func whoeverIsReadFromTookEffect() {
        // Write skew, one of unknown outcome: it counts once somebody reads what it wrote, also through another like it.
        #expect(TransactionHistory("x:0 y:0->1\nunknown y:0 x:0->1\nx:1").names(.serializable) == ["G2-item"])
        #expect(TransactionHistory("x:0 y:0->1\nunknown y:0 x:0->1\nunknown x:1 z:->1\nz:1").names(.serializable) == ["G2-item"])
        #expect(TransactionHistory("x:0 y:0->1\nunknown y:0 x:0->1\nunknown x:1 z:->1\nz:0").names(.serializable) == [])
    }

    @Test func everyComponentIsReportedWithEachKindOnce() {
        let skews = (0..<30).map { "a\($0):0 b\($0):0->1\nb\($0):0 a\($0):0->1" }.joined(separator: "\n")
        let findings = HistoryCheck.isolation(.serializable).findings(
            in: TransactionHistory(skews), VersionOrder(TransactionHistory(skews)))
        #expect(findings.count == 30 && findings.first.count == CheckFindings.kept)
        #expect(findings.first.map(\.transactions) == (0..<CheckFindings.kept).map { [$0 * 2 + 1, $0 * 2 + 2] })
        // A dirty write and a circular flow that share a transaction.
        #expect(
            TransactionHistory("x:->1 y:->2 a:->1 b:1\nx:->2 y:->1\nb:->1 a:1").names(.readCommitted).sorted() == ["G0", "G1c"])
    }

    /// A path through the whole history must not need a stack as deep.
    @Test func aLongCycleIsFound() {
        let count = 500
        var lines = (1...count).map { "x:\($0 - 1)->\($0)" }
        lines[0] += " y:1"
        lines[count - 1] += " y:0->1"
        let texts = TransactionHistory(lines.joined(separator: "\n")).texts(.isolation(.readCommitted))
        #expect(texts.count == 1 && texts[0].hasSuffix("-> T\(count) -wr(y: v1)-> T1"))
        #expect(texts[0].hasPrefix("G1c: T1 -wr(x: v1)-> T2 ") && texts[0].contains("-> … \(count - 16) more … T\(count - 7) -wr("))
    }

    /// Write skews that share transactions, and no G-single; with no steps to spend, that is not known.
    @Test func whatCannotBeDecidedIsNoPass() {
        let history = TransactionHistory("a:0 b:->1\nb:0 c:0 a:->1 d:->1\nd:1 e:0 c:->1\nc:1 e:->1 b:0")
        let order = VersionOrder(history)
        #expect(AdyaChecker(history, order, level: .repeatableRead).check() == CheckFindings())
        let tired = AdyaChecker(history, order, level: .repeatableRead, limit: -1).check()
        #expect(tired.first.map(\.name) == ["no verdict"] && tired.first[0].text.contains("from T1 on"))
        #expect(AdyaChecker(history, order, level: .serializable, limit: -1).check().first.map(\.name) == ["G2-item"])
    }

    /// Small random histories, most of them wrong, against all orders of their transactions.
    @Test(arguments: 0..<400) func agreesWithTryingEveryOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var last = ["x": 0, "y": 0]
        var lines: [String] = []
        for _ in 0..<5 {
            var line = ""
            for key in ["x", "y"] where Int.random(in: 0..<3, using: &random) > 0 {
                let read = max(0, last[key]! - Int.random(in: 0...1, using: &random))
                line += " \(key):\(read)"
                if Bool.random(using: &random) {
                    last[key]! += 1
                    line += "->\(last[key]!)"
                }
            }
            lines.append(line.isEmpty ? " x:0" : line)
        }
        lines.shuffle(using: &random)
        let history = TransactionHistory(lines.joined(separator: "\n"))
        #expect(history.names(.serializable).isEmpty == hasSerialOrder(history), "\(lines)")
    }

    private func hasSerialOrder(_ history: TransactionHistory) -> Bool {
        func extend(_ rest: [Int], _ state: [UInt32: Int64]) -> Bool {
            if rest.isEmpty { return true }
            return rest.contains { transaction in
                var next = state
                for access in history.accesses[history.accessRange(transaction)] {
                    if access.reads, access.read != next[access.key, default: 0] { return false }
                    if access.writes {
                        guard access.write == next[access.key, default: 0] + 1 else { return false }
                        next[access.key] = access.write
                    }
                }
                return extend(rest.filter { $0 != transaction }, next)
            }
        }
        return extend(Array(0..<history.count), [:])
    }
}
