import Synchronization

/// What all clients have done so far, for a progress line.
public final class RaceProgress: Sendable {
    private let answered = Atomic<Int>(0)
    private let retried = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)

    public init() {}

    public var operations: Int { answered.load(ordering: .relaxed) }
    public var retries: Int { retried.load(ordering: .relaxed) }
    public var conflicts: Int { refused.load(ordering: .relaxed) }

    func answer(retries: Int, conflict: Bool) {
        answered.add(1, ordering: .relaxed)
        if retries > 0 { retried.add(retries, ordering: .relaxed) }
        if conflict { refused.add(1, ordering: .relaxed) }
    }
}
