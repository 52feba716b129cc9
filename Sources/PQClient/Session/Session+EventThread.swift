/// Entering a session from its event thread, and whether that thread watches its socket.
///
/// The event thread enters for answers, timers and the actor's jobs. A task that runs elsewhere enters for as long as it takes to send a
/// statement and to check for the answer, which saves it a change of threads. No thread waits for the server while it is inside.
extension Session {
    func entered<T>(_ body: (Session) -> T) -> T {
        enter()
        defer { leave() }
        return body(self)
    }

    /// Enters on the event thread, soon.
    func execute(_ body: @escaping @Sendable () -> Void) {
        thread.execute { [self] in entered { _ in body() } }
    }

    /// To be called on the event thread, which enters after `delay` unless the session is gone by then.
    @discardableResult
    func schedule(after delay: Duration, _ body: @escaping (Session) -> Void) -> EventTimer {
        thread.schedule(after: delay) { [weak self] in self?.entered(body) }
    }

    // MARK: Watching the socket

    /// An answer that the sender reads itself is not to wake the event thread.
    func unwatch() {
        guard !thread.isCurrent else { return }
        unwatchedStatements &+= 1
        guard !isUnwatched, !queue.isClosed else { return }
        isUnwatched = true
        updateInterest()
    }

    /// The event thread looks again as soon as somebody waits, and soon after the last statement: then it is for the server to speak.
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

    /// To be called on the event thread, which does not wait for whoever is inside: it has other connections to look at.
    private func watchLater(unlessAfter statements: Int) {
        thread.schedule(after: Self.watchDelay) { [weak self] in
            guard let self else { return }
            guard tryEnter() else { return watchLater(unlessAfter: statements) }
            isWatchScheduled = false
            // Otherwise it is still busy, and leaving asks for another look.
            if isUnwatched, !queue.isClosed, unwatchedStatements == statements { watch() }
            leave()
        }
    }

    private static let watchDelay: Duration = .milliseconds(50)
}
