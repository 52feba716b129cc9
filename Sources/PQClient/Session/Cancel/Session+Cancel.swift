extension Session {
    /// Removes a waiting statement, or asks the server to cancel the active one. The statement is answered either way: with an error of
    /// kind `reason`, or with its result if it was faster.
    ///
    /// - Parameter patience: how long the server may take to answer the cancel request; nil: ``grace``.
    func cancel(_ request: Request, reason: PostgresError.Kind, message: String, patience: Duration? = nil) {
        guard !queue.isClosed else { return }
        switch queue.cancel(request) {
        case .nothing:
            // The statement may be still to come: a cancelled task's handler may reach the thread before it does.
            request.cancelReason = request.cancelReason ?? reason
        case .removed: request.fail(PostgresError(reason, message))
        case .send:
            request.cancelReason = request.cancelReason ?? reason
            sendCancel(request, retryAfter: .milliseconds(20))
            watchCancel(
                request, PostgresError(reason, message, detail: "the server did not answer the cancel request"), patience ?? grace)
        }
    }

    /// Cancels the statement when it has not been answered within `limit`, its wait for statements before it included.
    func limit(_ request: Request, to limit: Duration) {
        let patience = patience(after: limit)
        execute { [weak request] in
            self.schedule(after: limit) { session in
                guard let request, !request.answered else { return }
                session.cancel(request, reason: .timeout, message: "the statement took longer than \(limit)", patience: patience)
            }
        }
    }

    /// How long the server may take to answer a cancel request after a time limit: half of it, so that a short limit is not stretched.
    func patience(after limit: Duration) -> Duration { min(cancelGrace, max(.milliseconds(500), limit / 2)) }

    /// For the handler of a cancelled task, which may run on any thread.
    func cancelSoon(_ request: Request) {
        execute { self.cancel(request, reason: .cancelled, message: "the task was cancelled") }
    }

    /// Gives the connection up if the statement is not answered in time or the cancel request itself does not return, because no statement
    /// may start meanwhile.
    private func watchCancel(_ request: Request, _ error: PostgresError, _ grace: Duration) {
        let deadline = ContinuousClock.now + grace
        let isScheduled = cancelWatch.map { $0.deadline <= deadline } ?? false
        cancelWatch = CancelWatch(request: request, deadline: deadline, error: error)
        if !isScheduled { scheduleCancelCheck(after: grace) }
    }

    /// The server has cancelled the statement, and says that a user asked for it. The caller is told why.
    func noteCancelled(_ request: Request, _ reason: PostgresError.Kind) {
        guard var error = request.error else { return }
        error.kind = reason
        if let watch = cancelWatch, watch.request === request {
            error.detail = [error.detail, error.message].compactMap(\.self).joined(separator: "; ")
            error.message = watch.error.message
        }
        request.error = error
    }

    /// One timer per session, however often its statements are cancelled, because a cancelled timer may stay in the queue until its
    /// deadline.
    private func scheduleCancelCheck(after delay: Duration) {
        schedule(after: delay) { session in
            guard let watch = session.cancelWatch else { return }
            guard session.queue.active === watch.request || session.queue.cancelInFlight else {
                session.cancelWatch = nil
                return
            }
            let left = ContinuousClock.now.duration(to: watch.deadline)
            if left > .zero { session.scheduleCancelCheck(after: left) } else { session.lose(watch.error) }
        }
    }

    // MARK: Tasks with one handler for all their statements

    /// Covers the current task: its caller promises to call ``cancelStatements(of:)`` when the task is cancelled. nil if the task is
    /// covered already or runs on another thread.
    func coverTask() -> UInt? {
        guard thread.isCurrent else { return nil }
        let task = Self.currentTask
        guard !coveredTasks.contains(task) else { return nil }
        coveredTasks.append(task)
        return task
    }

    func uncoverTask(_ task: UInt) { coveredTasks.removeAll { $0 == task } }

    /// A covered task's statement needs no cancellation handler of its own. Those of its child tasks do: they can be cancelled alone.
    func cover(_ request: Request) {
        guard !coveredTasks.isEmpty else { return }
        let task = Self.currentTask
        if coveredTasks.contains(task) { request.task = task }
    }

    func cancelStatements(of task: UInt) {
        for request in queue.unfinished where request.task == task {
            cancel(request, reason: .cancelled, message: "the task was cancelled")
        }
    }

    /// The task's address, which is unique as long as it runs. Its hash value would do, at five times the cost.
    static var currentTask: UInt { withUnsafeCurrentTask { unsafeBitCast($0, to: UInt.self) } }

    /// Cancels the active statement, if there is one.
    func cancelActive(reason: PostgresError.Kind, message: String) {
        if let active = queue.active { cancel(active, reason: reason, message: message) }
    }

    /// Waits until no cancel request is under way.
    func awaitCancelReturned(_ continuation: Waiting) {
        cancelWaiters.append(continuation)
        if queue.isClosed || !queue.cancelInFlight { resumeCancelWaiters() }
    }

    func resumeCancelWaiters() {
        let waiters = cancelWaiters
        cancelWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    private func sendCancel(_ request: Request, retryAfter delay: Duration) {
        BlockingThread.run { [canceller] in
            canceller.send()
            self.execute { self.cancelReturned(request, retryAfter: delay) }
        }
    }

    private func cancelReturned(_ request: Request, retryAfter delay: Duration) {
        guard !queue.isClosed else { return }
        let next = queue.cancelReturned()
        noteRest()
        resumeCancelWaiters()
        if let next { start(next) }
        guard queue.active === request else { return }
        // A backend that had not read the statement yet ignores the cancel: ask again until there is an answer.
        schedule(after: delay) { [weak request] session in
            guard let request, session.queue.active === request else { return }
            if session.queue.cancel(request) == .send {
                session.sendCancel(request, retryAfter: min(delay * 2, .seconds(1)))
            }
        }
    }
}
