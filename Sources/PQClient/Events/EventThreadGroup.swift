import Foundation
import Synchronization

/// Event threads among which connections are spread.
public final class EventThreadGroup: Sendable {
    /// One thread per processor, at most four: a thread serves tens of thousands of statements a second.
    public static let `default` = EventThreadGroup(count: min(4, max(1, ProcessInfo.processInfo.activeProcessorCount)))

    public let threads: [EventThread]
    private let turn = Atomic<Int>(0)

    public init(count: Int) {
        threads = (0..<max(1, count)).map { EventThread(name: "pq-event-\($0)") }
    }

    /// The next thread in turn.
    public func next() -> EventThread {
        threads[turn.wrappingAdd(1, ordering: .relaxed).oldValue % threads.count]
    }
}
