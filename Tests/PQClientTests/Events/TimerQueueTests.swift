import Testing

@testable import PQClient

@Suite struct TimerQueueTests {
    /// As each transaction with a time limit does: the limit is far away, and the transaction soon over.
    @Test func cancelledTimersDoNotPileUp() {
        var queue = TimerQueue()
        let kept = (0..<10).map { queue.add(at: .now + .seconds(3600 + $0)) {} }
        for _ in 0..<10_000 { queue.add(at: .now + .seconds(60)) {}.cancel() }
        #expect(queue.count < 200)
        for timer in kept { timer.cancel() }
        #expect(queue.popDue() == nil)
    }

    @Test func timersFireInTheOrderOfTheirDeadlines() {
        var queue = TimerQueue()
        var fired: [Int] = []
        for number in [3, 1, 2] { _ = queue.add(at: .now - .seconds(10 - number)) { fired.append(number) } }
        queue.add(at: .now - .seconds(20)) { fired.append(0) }.cancel()
        while let timer = queue.popDue() { timer.fire() }
        #expect(fired == [1, 2, 3] && queue.count == 0 && queue.millisecondsToNext() == -1)
    }
}
