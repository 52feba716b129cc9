/// Entering a session from its event thread, and whether that thread watches its socket.
///
/// The event thread enters for answers, timers and the actor's jobs. A task that runs elsewhere enters for as long as it takes to send a
/// statement and to check for the answer, which saves it a thread switch. No thread waits for the server while it is inside.
extension Session {
    func entered<T>(_ body: (Session) -> T) -> T {
        enter()
        defer { leave() }
        return body(self)
    }

    /// Runs `body` inside the session, on the event thread, soon.
    func execute(_ body: @escaping @Sendable () -> Void) {
        thread.execute { [self] in entered { _ in body() } }
    }

    /// Runs `body` inside the session after `delay`, unless the session is gone by then. To be called on the event thread.
    @discardableResult
    func schedule(after delay: Duration, _ body: @escaping (Session) -> Void) -> EventTimer {
        thread.schedule(after: delay) { [weak self] in self?.entered(body) }
    }

    // MARK: Watching the socket

    /// Keeps an answer that the sender reads itself from waking the event thread.
    func unwatch() {
        guard !thread.isCurrent else { return }
        unwatchedStatements &+= 1
        guard !isUnwatched, !queue.isClosed else { return }
        isUnwatched = true
        updateInterest()
    }

    /// Has the event thread watch the socket again: at once if a caller waits, and soon after the last statement, because the server may
    /// then speak first.
    func settle() {
        guard !queue.isClosed else { return }
        if queue.active != nil || notificationHandler != nil {
            watch()
        } else if !isWatchScheduled {
            isWatchScheduled = true
            let statements = unwatchedStatements
            thread.execute { [weak self] in self?.watchLater(unlessAfter: statements) }
        }
    }

    private func watch() {
        isUnwatched = false
        updateInterest()
    }

    /// To be called on the event thread, which does not wait for the thread inside: it has other connections to serve.
    private func watchLater(unlessAfter statements: Int) {
        thread.schedule(after: Self.watchDelay) { [weak self] in
            guard let self else { return }
            guard tryEnter() else { return watchLater(unlessAfter: statements) }
            isWatchScheduled = false
            // Otherwise the session is still busy, and leaving it asks for another try.
            if isUnwatched, !queue.isClosed, unwatchedStatements == statements { watch() }
            leave()
        }
    }

    private static let watchDelay: Duration = .milliseconds(50)
}
