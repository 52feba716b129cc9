/// A callback that has not run yet. Confined to its event thread.
final class EventTimer {
    let deadline: ContinuousClock.Instant
    var body: (() -> Void)?

    init(deadline: ContinuousClock.Instant, body: @escaping () -> Void) {
        self.deadline = deadline
        self.body = body
    }

    func cancel() { body = nil }
    var isCancelled: Bool { body == nil }

    func fire() {
        let body = body
        self.body = nil
        body?()
    }
}
