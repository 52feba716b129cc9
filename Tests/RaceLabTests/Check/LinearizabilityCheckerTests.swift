import Testing

@testable import RaceLab

struct LinearizabilityCheckerTests {
    @Test(arguments: [
        ("0-1 x:->1\n2-3 x:0", "stale read: T2 read v0 of x, but began 1 ns after T1, which wrote v1, had been answered"),
        ("0-9 x:->1\n2-3 x:1\n4-5 x:0", "stale read: T3 read v0 of x, but began 1 ns after T2, which read v1, had been answered"),
        ("0-1 x:->2\n3-4 x:->1", "late write: T2 wrote v1 of x, but began 2 ns after T1, which wrote v2, had been answered"),
        ("0-1 x:1\n3-4 x:->1", "late write: T2 wrote v1 of x, but began 2 ns after T1, which read v1, had been answered"),
        (
            "0-1 x:->1\n4-9 unknown x:->2\n2-3 x:2",
            "late write: T2 wrote v2 of x, but began 1 ns after T3, which read v2, had been answered"
        ),
    ])
    func rejects(_ text: String, _ finding: String) {
        #expect(TransactionHistory(text).texts(.linearizable) == [finding])
    }

    @Test(arguments: [
        "0-1 x:->1\n2-3 x:1",
        // Overlapping operations may take effect in either order.
        "0-9 x:->1\n2-3 x:0\n4-5 x:1",
        "0-5 x:->2\n2-9 x:->1",
        // The end of one is the start of the other: they touch.
        "0-2 x:->1\n2-3 x:0",
        // Stale, but of another key.
        "0-1 x:->1\n2-3 y:0",
        // Nothing is over that has no answer, and what was refused was never there.
        "0-1 unknown x:->1\n2-3 x:0\n4-5 x:1",
        "0-1 error x:->1\n2-3 x:0",
        "0-1 x:->1\n2-3 unknown x:0",
    ])
    func accepts(_ text: String) {
        #expect(TransactionHistory(text).texts(.linearizable) == [])
    }

    /// Small random histories of one key, against all orders of their operations.
    @Test(arguments: 0..<300) func agreesWithTryingEveryOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var version = 0
        var lines: [String] = []
        for index in 0..<6 {
            let start = index * 3 + Int.random(in: 0...6, using: &random)
            let end = start + Int.random(in: 0...9, using: &random)
            let writes = Bool.random(using: &random)
            if writes { version += 1 }
            lines.append("\(start)-\(end) x:" + (writes ? "->\(version)" : "\(max(0, version - Int.random(in: 0...1, using: &random)))"))
        }
        let history = TransactionHistory(lines.joined(separator: "\n"))
        #expect(history.names(.linearizable).isEmpty == hasOrder(history), "\(lines)")
    }

    private func hasOrder(_ history: TransactionHistory) -> Bool {
        func extend(_ rest: [Int], _ version: Int64) -> Bool {
            if rest.isEmpty { return true }
            return rest.contains { index in
                let access = history.accesses[index]
                guard rest.allSatisfy({ history.transactions[$0].end >= history.transactions[index].start }) else { return false }
                guard access.writes ? access.write == version + 1 : access.read == version else { return false }
                return extend(rest.filter { $0 != index }, access.writes ? access.write : version)
            }
        }
        return extend(Array(0..<history.count), 0)
    }
}
