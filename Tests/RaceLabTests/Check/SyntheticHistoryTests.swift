import Testing

@testable import RaceLab

/// Correct histories pass every check; broken in one place, they do not.
struct SyntheticHistoryTests {
    private static func make(_ seed: UInt64) -> TransactionHistory {
        SyntheticHistory(operations: 300, keys: 5, clients: 6, seed: seed).make()
    }

    @Test(arguments: 0..<30) func isAccepted(seed: UInt64) throws {
        let history = Self.make(seed)
        #expect(history.count == 300 && history.accessCount > 300)
        for result in try history.check(HistoryCheck.all) { #expect(result.findings == CheckFindings(), "\(result)") }
        let starts = history.transactions.map(\.start)
        #expect(starts == starts.sorted())
        #expect((1..<300).contains { history.transactions[$0].start < history.transactions[$0 - 1].end })
    }

    @Test(arguments: 0..<30) func aStaleReadIsRejected(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let history = Self.make(seed)
        let reads = history.accesses.indices.filter { history.accesses[$0].reads && history.accesses[$0].read > 20 }
        let chosen = try #require(reads.randomElement(using: &random))
        let broken = history.changed { index, access in if index == chosen { access.read -= 15 } }
        let wrote = history.accesses[chosen].writes
        #expect(broken.names(.linearizable).contains("stale read"))
        #expect(broken.names(.versions) == (wrote ? ["lost update"] : []))
        // A transaction that only reads one key is serializable at any moment.
        if wrote { #expect(broken.names(.repeatableRead) == ["G-single"]) }
    }

    @Test(arguments: 0..<30) func swappedVersionsAreRejected(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let history = Self.make(seed)
        let writes = history.accesses.indices.filter { history.accesses[$0].writes }
        let one = try #require(writes.dropLast(60).randomElement(using: &random))
        let other = try #require(
            writes.first {
                history.accesses[$0].key == history.accesses[one].key && history.accesses[$0].write > history.accesses[one].write
            })
        let versions = (history.accesses[one].write, history.accesses[other].write)
        let broken = history.changed { index, access in
            if index == one { access.write = versions.1 }
            if index == other { access.write = versions.0 }
        }
        #expect(!broken.names(.versions).isEmpty)
        #expect(!broken.names(.serializable).isEmpty)
    }

    @Test(arguments: 0..<30) func aLostWriteIsRejected(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let history = Self.make(seed)
        let writes = history.accesses.indices.filter { history.accesses[$0].writes }
        let one = try #require(writes.dropLast(60).randomElement(using: &random))
        let broken = history.changed { index, access in if index == one { access.write = TransactionHistory.Access.none } }
        #expect(broken.names(.versions).contains("gap") || broken.names(.versions).contains("unwritten read"))
    }

    @Test func aSeedBringsTheSameHistoryBack() {
        func versions(_ history: TransactionHistory) -> [Int64] { history.accesses.map(\.read) }
        #expect(versions(Self.make(1)) == versions(Self.make(1)) && versions(Self.make(1)) != versions(Self.make(2)))
    }
}

extension TransactionHistory {
    /// The same with some accesses changed.
    fileprivate func changed(_ change: (Int, inout Access) -> Void) -> TransactionHistory {
        var result = TransactionHistory()
        for (number, transaction) in transactions.enumerated() {
            result.begin(
                start: transaction.start, end: transaction.end, client: Int(transaction.client), sequence: Int(transaction.sequence),
                outcome: transaction.outcome)
            for index in accessRange(number) {
                var access = accesses[index]
                change(index, &access)
                result.access(
                    Array(keys[Int(access.key)].utf8), read: access.reads ? access.read : nil, write: access.writes ? access.write : nil)
            }
        }
        return result
    }
}
