import Testing

@testable import PQClient

/// Random actions from a seed that is printed when something fails.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        // SplitMix64 (Steele, Lea, Flood, 2014)
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

private final class Item {
    let number: Int
    init(_ number: Int) { self.number = number }
}

@Suite struct StateMachineTests {
    /// Every statement is answered once, in order, and none starts while a cancel request is under way.
    @Test(arguments: (0..<20).map { _ in UInt64.random(in: 0...UInt64.max) })
    func wireAnswersEachOnceAndShieldsFromCancels(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var state = WireState<Item>()
        var items: [Item] = []
        var started: [Int] = []
        var answered: Set<Int> = []

        func start(_ item: Item?) {
            guard let item else { return }
            #expect(!state.cancelInFlight && state.active === item, "seed \(seed)")
            #expect(item.number > started.last ?? -1, "seed \(seed)")
            started.append(item.number)
        }
        for _ in 0..<2000 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let item = Item(items.count)
                items.append(item)
                if state.submit(item) { start(item) }
            case 2, 3:
                guard let active = state.active else { continue }
                answered.insert(active.number)
                start(state.finished())
            case 4:
                guard let item = items.randomElement(using: &random) else { continue }
                switch state.cancel(item) {
                case .removed: #expect(answered.insert(item.number).inserted && !started.contains(item.number), "seed \(seed)")
                case .send: #expect(state.active === item && state.cancelInFlight, "seed \(seed)")
                case .nothing: break
                }
            default:
                if state.cancelInFlight { start(state.cancelReturned()) }
            }
        }
        for item in state.close() { #expect(answered.insert(item.number).inserted, "seed \(seed)") }
        #expect(answered.count == items.count && state.isClosed && state.isIdle == !state.cancelInFlight, "seed \(seed)")
    }

    /// However many answers are there at once, the connection lets the others have the thread now and then; a miss begins a new turn.
    @Test(arguments: [[true], [false], [true, false], Array(repeating: true, count: 15) + [false]])
    func answersInPlaceAreBounded(found: [Bool]) {
        var turn = InPlaceTurn()
        var row = 0
        var longest = 0
        var given = 0
        for look in 0..<1000 {
            guard turn.mayLook() else {
                row = 0
                continue
            }
            given += 1
            let isThere = found[look % found.count]
            turn.looked(found: isThere)
            row = isThere ? row + 1 : 0
            longest = max(longest, row)
        }
        #expect(longest <= InPlaceTurn.most)
        #expect(given >= 900, "looking is the rule")
    }

    @Test func theProcessorIsKeptFromAServerThatDoesNotNeedIt() {
        var turn = InPlaceTurn()
        let mostKept = 1 << InPlaceTurn.mostDoublings
        func yields(of statements: Int, found: Bool) -> Int {
            (0..<statements).count { _ in
                guard turn.mayYield() else { return false }
                turn.yielded(found: found)
                return true
            }
        }
        #expect(yields(of: 100, found: true) == 100)
        #expect(yields(of: InPlaceTurn.yieldsInVain, found: false) == InPlaceTurn.yieldsInVain)
        #expect(yields(of: 10_000, found: false) < 10_000 / mostKept + 10)
        #expect(yields(of: mostKept + 100, found: true) >= 100)
    }
}
