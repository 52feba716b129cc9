import Testing

@testable import PQClient

@Suite struct BusyPollingTests {
    /// However many answers are there at once, the connection lets the others have the thread now and then; a miss begins a new turn.
    @Test(arguments: [[true], [false], [true, false], Array(repeating: true, count: 15) + [false]])
    func answersInPlaceAreBounded(found: [Bool]) {
        var polling = BusyPolling()
        var row = 0
        var longest = 0
        var given = 0
        for look in 0..<1000 {
            guard polling.mayLook() else {
                row = 0
                continue
            }
            given += 1
            let isThere = found[look % found.count]
            polling.looked(found: isThere)
            row = isThere ? row + 1 : 0
            longest = max(longest, row)
        }
        #expect(longest <= BusyPolling.most)
        #expect(given >= 900, "looking is the rule")
    }

    @Test func theProcessorIsKeptFromAServerThatDoesNotNeedIt() {
        var polling = BusyPolling()
        let mostKept = 1 << BusyPolling.mostDoublings
        func yields(of statements: Int, found: Bool) -> Int {
            (0..<statements).count { _ in
                guard polling.mayYield() else { return false }
                polling.yielded(found: found)
                return true
            }
        }
        #expect(yields(of: 100, found: true) == 100)
        #expect(yields(of: BusyPolling.yieldsInVain, found: false) == BusyPolling.yieldsInVain)
        #expect(yields(of: 10_000, found: false) < 10_000 / mostKept + 10)
        #expect(yields(of: mostKept + 100, found: true) >= 100)
    }
}
