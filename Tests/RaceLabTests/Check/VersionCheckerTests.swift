import Testing

@testable import RaceLab

struct VersionCheckerTests {
    @Test(arguments: [
        ("x:0->1\nx:0->1", ["fork: x: v1 was written by T1 and by T2"]),
        ("x:0->1\nx:1->3", ["gap: x: after v1 (T1) comes v3 (T2)"]),
        ("x:0\nx:->2", ["gap: x: after v0 (T1) comes v2 (T2)"]),
        ("x:0->1\nx:1->2\nx:1->3", ["lost update: T3 read x: v1 and wrote v3, over v2 that T2 had written"]),
        ("x:1->1", ["backward write: T1 read x: v1 and wrote v1"]),
        ("x:5->4", ["backward write: T1 read x: v5 and wrote v4", "unwritten read: T1 read x: v5, which nobody wrote and committed"]),
        ("x:0->1\nx:2", ["unwritten read: T2 read x: v2, which nobody wrote and committed"]),
        ("x:0\nx:1", ["unwritten read: T2 read x: v1, which nobody wrote and committed"]),
        ("error x:0->1\nx:0\nx:1", ["unwritten read: T3 read x: v1, which nobody wrote and committed"]),
    ])
    func rejects(_ text: String, _ texts: [String]) {
        #expect(TransactionHistory(text).texts(.versions) == texts)
    }

    @Test(arguments: [
        "x:0->1\nx:1->2\nx:0 x:2\nx:1",
        // Whatever the first version is.
        "x:7->8\nx:8->9\ny:->4\ny:4->5",
        "x:7\nx:7",
        // Blind writes.
        "x:->1\nx:->2",
        // Twice in one transaction.
        "x:0->1 x:1->2\nx:2->3",
        // Refused, or lost and never seen.
        "error x:0->1\nunknown x:0->1\nx:0->1",
        // Lost and seen.
        "unknown x:0->1\nx:1->2",
    ])
    func accepts(_ text: String) {
        #expect(TransactionHistory(text).texts(.versions) == [])
    }

    /// An operation of unknown outcome may have written what is missing, but no version twice and no update away.
    @Test func whatIsUnknownExplainsGapsOnly() {
        let gap = TransactionHistory("x:0->1\nunknown\nx:2->3\nx:4")
        #expect(gap.texts(.versions) == [])
        #expect(HistoryCheck.versions.findings(in: gap, VersionOrder(gap)).notes.count == 1)
        // Which of the two it was cannot be known.
        #expect(TransactionHistory("unknown x:0->1\nunknown x:0->1\nx:1->2").texts(.versions) == [])
        #expect(TransactionHistory("x:0->1\nunknown\nx:0->1\nx:0->3").names(.versions) == ["fork", "lost update"])
    }
}
