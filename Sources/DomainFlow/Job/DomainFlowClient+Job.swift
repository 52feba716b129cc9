import Foundation
import PQClient

extension DomainFlowClient {
    /// The outcome for a job that failed.
    public enum FailureOutcome: String, Sendable {
        /// It runs again after its backoff.
        case retry
        /// It has no attempts left.
        case dead
        /// Another worker holds it by now; nothing was changed.
        case stale
    }

    // MARK: Adding

    /// Adds a job; it exists when the transaction commits. Returns its id. The queue must exist, unless `create` says to make it.
    @discardableResult
    public func enqueueJob(
        queue: String, kind: String, payload: PostgresJSON = "{}", priority: Int = 0, runAt: Date? = nil, maxAttempts: Int? = nil,
        create: Bool = false
    ) async throws -> Int64 {
        try await value(
            """
            SELECT domainflow.enqueue_job(
                p_queue => \(queue)::text, p_kind => \(kind)::text, p_payload => \(payload)::jsonb, p_priority => \(priority)::integer,
                p_run_at => \(runAt)::timestamptz, p_max_attempts => \(maxAttempts)::integer, p_create => \(create)::boolean)
            """)
    }

    /// Adds many jobs in one statement, all or none. Returns their ids in order.
    @discardableResult
    public func enqueueJobs(queue: String, _ jobs: [NewJob], create: Bool = false) async throws -> [Int64] {
        try await rows(
            """
            SELECT id
              FROM domainflow.enqueue_jobs(
                  p_queue => \(queue)::text, p_kinds => \(jobs.map(\.kind))::text[], p_payloads => \(jobs.map(\.payload))::jsonb[],
                  p_priorities => \(jobs.map(\.priority))::integer[], p_run_at => \(jobs.map(\.runAt))::timestamptz[],
                  p_create => \(create)::boolean) AS f (id)
            """
        ) { try $0.get(0) }
    }

    // MARK: Working

    /// Takes up to `limit` ready jobs, never waiting for rows another worker holds.
    public func claimJobs(
        queue: String, worker: String, limit: Int = 1, lease: Duration = .seconds(30), kinds: [String]? = nil
    ) async throws -> [ClaimedJob] {
        try await rows(
            """
            SELECT \(unescaped: ClaimedJob.columns)
              FROM domainflow.claim_jobs(
                  p_queue => \(queue)::text, p_worker => \(worker)::text, p_limit => \(limit)::integer, p_lease => \(lease)::interval,
                  p_kinds => \(kinds)::text[])
            """, ClaimedJob.init)
    }

    /// Extends the leases. Returns the ids that are still held; all other jobs belong to another worker.
    public func heartbeatJobs(queue: String, ids: [Int64], token: Int64, lease: Duration = .seconds(30)) async throws -> [Int64] {
        try await rows(
            """
            SELECT id
              FROM domainflow.heartbeat_jobs(
                  p_queue => \(queue)::text, p_ids => \(ids)::bigint[], p_token => \(token)::bigint, p_lease => \(lease)::interval) AS f (id)
            """
        ) { try $0.get(0) }
    }

    /// Completes a job. False if another token holds it by now: throw the work away.
    public func completeJob(queue: String, id: Int64, token: Int64, result: PostgresJSON? = nil) async throws -> Bool {
        try await value(
            """
            SELECT domainflow.complete_job(
                p_queue => \(queue)::text, p_id => \(id)::bigint, p_token => \(token)::bigint, p_result => \(result)::jsonb)
            """)
    }

    /// Completes many jobs in one statement. Returns the ids that were completed.
    public func completeJobs(queue: String, ids: [Int64], tokens: [Int64]) async throws -> [Int64] {
        try await rows(
            """
            SELECT id
              FROM domainflow.complete_jobs(
                  p_queue => \(queue)::text, p_ids => \(ids)::bigint[], p_tokens => \(tokens)::bigint[]) AS f (id)
            """
        ) { try $0.get(0) }
    }

    /// Reports that a job failed. With `retry` false, it is dead at once.
    public func failJob(queue: String, id: Int64, token: Int64, error: String, retry: Bool = true) async throws -> FailureOutcome {
        try await row(
            """
            SELECT domainflow.fail_job(
                p_queue => \(queue)::text, p_id => \(id)::bigint, p_token => \(token)::bigint, p_error => \(error)::text,
                p_retry => \(retry)::boolean)
            """
        ) { try $0.choice("fail_job") }
    }

    /// Gives back jobs that were not started, without using up an attempt. Returns the ids that were still held.
    @discardableResult
    public func releaseJobs(queue: String, ids: [Int64], token: Int64) async throws -> [Int64] {
        try await rows(
            """
            SELECT id
              FROM domainflow.release_jobs(p_queue => \(queue)::text, p_ids => \(ids)::bigint[], p_token => \(token)::bigint) AS f (id)
            """
        ) { try $0.get(0) }
    }
}
