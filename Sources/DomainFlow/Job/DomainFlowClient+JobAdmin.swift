import PQClient

/// Administration of queues, and of jobs that no worker holds.
extension DomainFlowClient {
    /// Creates a queue, or changes the settings that are not nil. Returns whether it was created.
    ///
    /// - Parameters:
    ///   - queue: its name.
    ///   - maxAttempts: the number of attempts of a job that sets none itself.
    ///   - backoffBase: the wait before the second attempt; it doubles with each further one.
    ///   - backoffCap: the longest wait.
    ///   - keepFinished: finished jobs go to the archive instead of being deleted.
    ///   - notify: adding jobs notifies the channel `domainflow_job` with the name of the queue, once per call.
    @discardableResult
    public func createQueue(
        _ queue: String, maxAttempts: Int? = nil, backoffBase: Duration? = nil, backoffCap: Duration? = nil, keepFinished: Bool? = nil,
        notify: Bool? = nil
    ) async throws -> Bool {
        try await value(
            """
            SELECT domainflow.create_queue(
                p_queue => \(queue)::text, p_max_attempts => \(maxAttempts)::integer, p_backoff_base => \(backoffBase)::interval,
                p_backoff_cap => \(backoffCap)::interval, p_keep_finished => \(keepFinished)::boolean, p_notify => \(notify)::boolean)
            """)
    }

    /// Removes a queue that holds no jobs; with `force`, its jobs too. Returns how many jobs went with it.
    @discardableResult
    public func dropQueue(_ queue: String, force: Bool = false) async throws -> Int {
        try await value("SELECT domainflow.drop_queue(p_queue => \(queue)::text, p_force => \(force)::boolean)")
    }

    /// The dead jobs of one queue or of all, the newest first.
    public func listDeadJobs(_ queue: String? = nil, limit: Int = 100) async throws -> [DeadJob] {
        try await rows(
            """
            SELECT queue, id, kind, priority, attempt, payload, last_error, created_at, correlation_id
              FROM domainflow.list_dead_jobs(p_queue => \(queue)::text, p_limit => \(limit)::integer)
            """, DeadJob.init)
    }

    /// Pauses or resumes a queue. A paused queue accepts jobs but hands none out; claimed jobs go on. Returns whether anything changed.
    @discardableResult
    public func pauseQueue(_ queue: String, paused: Bool = true) async throws -> Bool {
        try await value("SELECT domainflow.pause_queue(p_queue => \(queue)::text, p_paused => \(paused)::boolean)")
    }

    /// Counts the jobs of one queue or of all. It reads every job, so use it for reports, not in loops.
    public func queueStats(_ queue: String? = nil) async throws -> [QueueStats] {
        try await rows(
            """
            SELECT queue, paused, ready, waiting, running, parked, dead, expired, oldest_ready_at
              FROM domainflow.queue_stats(p_queue => \(queue)::text)
            """
        ) {
            QueueStats(
                queue: try $0.get("queue"), isPaused: try $0.get("paused"), ready: try $0.get("ready"), waiting: try $0.get("waiting"),
                running: try $0.get("running"), parked: try $0.get("parked"), dead: try $0.get("dead"), expired: try $0.get("expired"),
                oldestReadyAt: try $0.get("oldest_ready_at"))
        }
    }

    /// Takes back every job whose lease has run out, in one queue or in all.
    @discardableResult
    public func rescueJobs(queue: String? = nil) async throws -> [RescuedJob] {
        try await rows("SELECT queue, id, outcome FROM domainflow.rescue_jobs(p_queue => \(queue)::text)") {
            RescuedJob(queue: try $0.get("queue"), id: try $0.get("id"), outcome: try $0.choice("outcome"))
        }
    }

    /// Removes jobs that no worker holds. Returns the ids that were removed.
    @discardableResult
    public func cancelJobs(queue: String, ids: [Int64]) async throws -> [Int64] {
        try await rows("SELECT id FROM domainflow.cancel_jobs(p_queue => \(queue)::text, p_ids => \(ids)::bigint[]) AS f (id)") {
            try $0.get(0)
        }
    }

    /// Parks ready and waiting jobs until ``unparkJobs(queue:ids:)``; with a token, also the running jobs of that token, without using up an
    /// attempt. Returns the ids that were parked.
    @discardableResult
    public func parkJobs(queue: String, ids: [Int64], token: Int64? = nil) async throws -> [Int64] {
        try await rows(
            """
            SELECT id
              FROM domainflow.park_jobs(p_queue => \(queue)::text, p_ids => \(ids)::bigint[], p_token => \(token)::bigint) AS f (id)
            """
        ) { try $0.get(0) }
    }

    /// Puts parked jobs at the end of their lanes. Returns the ids that were parked.
    @discardableResult
    public func unparkJobs(queue: String, ids: [Int64]) async throws -> [Int64] {
        try await rows("SELECT id FROM domainflow.unpark_jobs(p_queue => \(queue)::text, p_ids => \(ids)::bigint[]) AS f (id)") {
            try $0.get(0)
        }
    }

    /// Lets dead jobs run again, with no attempts used up. Returns the ids that were dead.
    @discardableResult
    public func requeueJobs(queue: String, ids: [Int64]) async throws -> [Int64] {
        try await rows("SELECT id FROM domainflow.requeue_jobs(p_queue => \(queue)::text, p_ids => \(ids)::bigint[]) AS f (id)") {
            try $0.get(0)
        }
    }
}
