import Synchronization

/// A number that several tasks increment.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    /// The new value.
    @discardableResult
    func add(_ more: Int = 1) -> Int { number.add(more, ordering: .relaxed).newValue }
}
