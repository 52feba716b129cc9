import Testing

@testable import PQClient

private final class Item {
    let number: Int
    init(_ number: Int) { self.number = number }
}

@Suite struct StatementQueueTests {
    /// Every statement is answered once, in order, and none starts while a cancel request is under way.
    @Test(arguments: (0..<20).map { _ in UInt64.random(in: 0...UInt64.max) })
    func everyStatementIsAnsweredOnceAndShieldedFromCancels(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var queue = StatementQueue<Item>()
        var items: [Item] = []
        var started: [Int] = []
        var answered: Set<Int> = []

        func start(_ item: Item?) {
            guard let item else { return }
            #expect(!queue.cancelInFlight && queue.active === item, "seed \(seed)")
            #expect(item.number > started.last ?? -1, "seed \(seed)")
            started.append(item.number)
        }
        for _ in 0..<2000 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let item = Item(items.count)
                items.append(item)
                if queue.submit(item) { start(item) }
            case 2, 3:
                guard let active = queue.active else { continue }
                answered.insert(active.number)
                start(queue.finished())
            case 4:
                guard let item = items.randomElement(using: &random) else { continue }
                switch queue.cancel(item) {
                case .removed: #expect(answered.insert(item.number).inserted && !started.contains(item.number), "seed \(seed)")
                case .send: #expect(queue.active === item && queue.cancelInFlight, "seed \(seed)")
                case .nothing: break
                }
            default:
                if queue.cancelInFlight { start(queue.cancelReturned()) }
            }
        }
        for item in queue.close() { #expect(answered.insert(item.number).inserted, "seed \(seed)") }
        #expect(answered.count == items.count && queue.isClosed && queue.isIdle == !queue.cancelInFlight, "seed \(seed)")
    }
}
