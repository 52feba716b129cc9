import Synchronization

/// Asks a run to end early; what it has done by then is still judged.
public final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    public var isSet: Bool { flag.load(ordering: .relaxed) }

    /// Safe to call from a signal handler.
    public func set() { flag.store(true, ordering: .relaxed) }
}
