import Testing

@testable import RaceLab

/// The search without a server: sessions of so many statements, none of which ever waits.
private struct Model {
    /// Statements of each session.
    var counts: [Int]

    func run(_ plan: ScheduleSearch.Plan) -> (decisions: [ScheduleSearch.Decision], order: [Int]) {
        var chooser = ScheduleSearch.Chooser(plan, sessions: counts.count, length: 8)
        var taken = counts.map { _ in 0 }
        var decisions: [ScheduleSearch.Decision] = []
        var order: [Int] = []
        var last: Int?
        while true {
            let enabled = counts.indices.filter { taken[$0] < counts[$0] }
            guard let first = enabled.first else { return (decisions, order) }
            var chosen = first
            if enabled.count > 1 {
                chosen = chooser.choose(enabled, previous: last)
                let preempted = last.flatMap { taken[$0] > 0 && taken[$0] < counts[$0] ? $0 : nil }
                decisions.append(ScheduleSearch.Decision(enabled: enabled, chosen: chosen, previous: preempted))
            }
            order.append(chosen)
            taken[chosen] += 1
            last = chosen
        }
    }
}

private func explore(_ model: Model, twins: [Int]? = nil, maxBound: Int = 2, room: Int = 20_000, limit: Int = .max) -> (
    orders: [[Int]], preemptions: [Int], search: ScheduleSearch
) {
    var search = ScheduleSearch(twins: twins ?? Array(model.counts.indices), maxBound: maxBound, seed: 1, room: room)
    var orders: [[Int]] = []
    var preemptions: [Int] = []
    while orders.count < limit, case .run(let plan, _) = search.next() {
        let (decisions, order) = model.run(plan)
        search.finished(plan, decisions)
        orders.append(order)
        preemptions.append(decisions.count { $0.isPreemption($0.chosen) })
    }
    return (orders, preemptions, search)
}

@Suite struct ScheduleSearchTests {
    @Test(arguments: [([4, 4], 70), ([2, 2, 2], 90), ([1, 3, 2], 60), ([5], 1)]) func everyScheduleIsRunOnce(counts: [Int], total: Int) {
        let found = explore(Model(counts: counts))
        #expect(found.orders.count == total && Set(found.orders).count == total)
        #expect(found.search.isExhausted)
        // Fewer preemptions come first.
        #expect(found.preemptions == found.preemptions.sorted())
    }

    /// 3 sessions of 5 statements: 756,756 schedules, of which 690 have at most two preemptions (HINTS: CHESS's bound).
    @Test func theBoundHoldsAndThenTheyAreRandom() {
        let found = explore(Model(counts: [5, 5, 5]), room: 0, limit: 3000)
        let bounded = found.preemptions.prefix { $0 <= 2 }
        #expect(Set(found.orders.prefix(bounded.count)).count >= 600 && !found.search.isExhausted)
        #expect(found.search.finishedBound == 2)
        #expect(found.preemptions.suffix(1000).contains { $0 > 2 })
    }

    @Test func twinsBeginInOrderExceptInSerialOrders() {
        let all = explore(Model(counts: [2, 2]))
        let reduced = explore(Model(counts: [2, 2]), twins: [0, 0])
        #expect(all.orders.count == 6)
        // Both serial orders, and of the others those that session 0 begins.
        #expect(Set(reduced.orders) == [[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [0, 1, 1, 0]])
        #expect(reduced.orders.count == 4 && reduced.search.isExhausted)
    }

    @Test func aSeedGivesTheSameRandomSchedules() {
        let model = Model(counts: [4, 4, 4])
        for plan in [ScheduleSearch.Plan.random(seed: 7), .priorities(seed: 7, depth: 3)] {
            #expect(model.run(plan).order == model.run(plan).order)
        }
        let orders = Set((0..<50).map { model.run(.priorities(seed: $0, depth: 3)).order })
        #expect(orders.count > 20)
    }

    /// Work that others have under way is waited for before the next bound: serial orders are what the rest is compared with.
    @Test func aBoundIsFinishedBeforeTheNext() {
        var search = ScheduleSearch(twins: [0, 1], seed: 1)
        guard case .run(let first, .bound(0)) = search.next() else {
            Issue.record("nothing to begin with")
            return
        }
        #expect(search.next() == .wait && search.finishedBound == nil)
        search.finished(first, Model(counts: [2, 2]).run(first).decisions)
        guard case .run(let second, .bound(0)) = search.next() else {
            Issue.record("the other serial order")
            return
        }
        #expect(search.next() == .wait)
        search.finished(second, Model(counts: [2, 2]).run(second).decisions)
        guard case .run(_, .bound(1)) = search.next() else {
            Issue.record("then one preemption")
            return
        }
    }

    @Test(arguments: ["0-1-1-0", "", "2~0.1-1.0", "10-11~3.2", "0-1@4", "0~1.0@2!client_death.1.3", "0!cancel.0.2.waiting"])
    func tokensComeBack(token: String) throws {
        #expect(try #require(ScheduleToken(token)).text == token)
        for wrong in ["a", "1-x", "1~2", "1~2.y", "1@", "1!nothing.1.1", "1!cancel.1", "1!cancel.1.1.waited"] {
            #expect(ScheduleToken(wrong) == nil, "\(wrong)")
        }
    }
}

struct RowWatchTests {
    private func version(_ row: String, _ xmin: String = "1", _ ctid: String = "(0,1)") -> RowWatch.Version {
        .init(row: row, xmin: xmin, ctid: ctid)
    }

    @Test func pairsVersionsOfOneRow() {
        let changes = RowWatch.changes(
            "t", [version("(1,a)"), version("(2,b)"), version("(3,c)")],
            [version("(1,a)"), version("(2,x)", "7"), version("(4,d)", "8")])
        #expect(changes.map(\.text) == ["t: (2,b) → (2,x) (by transaction 7)", "t: + (4,d) (by transaction 8)", "t: - (3,c)"])
        // The same values by another transaction are another version.
        #expect(RowWatch.changes("t", [version("(1)", "1")], [version("(1)", "2", "(0,2)")]).count == 1)
        #expect(RowWatch.changes("t", [version("(1)")], [version("(1)")]).isEmpty)
    }

    @Test func pagesEscapeWhatTheyShow() {
        #expect(ExplorationHTML.escaped("a < b && \"c\"") == "a &lt; b &amp;&amp; &quot;c&quot;")
    }
}
