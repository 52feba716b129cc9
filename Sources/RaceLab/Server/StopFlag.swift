import Synchronization

/// Asks a run to end early; what was done until then is judged all the same.
public final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    public var isSet: Bool { flag.load(ordering: .relaxed) }

    /// Safe to call from a signal handler.
    public func set() { flag.store(true, ordering: .relaxed) }
}

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
