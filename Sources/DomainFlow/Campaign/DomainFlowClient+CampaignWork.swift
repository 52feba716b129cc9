import Foundation
import PQClient

/// Calls of campaign workers, and checks of campaigns.
extension DomainFlowClient {
    /// Takes up to `limit` ready jobs of one campaign, or of any.
    public func claimCampaignJobs(
        campaign: UUID?, worker: String, limit: Int = 1, lease: Duration = .seconds(30)
    ) async throws -> [ClaimedJob] {
        try await rows(
            """
            SELECT \(unescaped: ClaimedJob.columns)
              FROM domainflow.claim_campaign_jobs(
                  p_campaign_id => \(campaign)::uuid, p_worker => \(worker)::text, p_limit => \(limit)::integer,
                  p_lease => \(lease)::interval)
            """, ClaimedJob.init)
    }

    /// Processes a claimed job: writes its names, decision and metric and the next job in one transaction.
    public func processCampaignJob(campaign: UUID, job: Int64, token: Int64, worker: String) async throws -> CampaignJobResult {
        try await row(
            """
            SELECT outcome, range_start, range_end, generated, next_job_id, campaign_status
              FROM domainflow.process_campaign_job(
                  p_campaign_id => \(campaign)::uuid, p_job_id => \(job)::bigint, p_token => \(token)::bigint, p_worker => \(worker)::text)
            """, CampaignJobResult.init)
    }

    /// Reports that the transaction of a job failed.
    @discardableResult
    public func failCampaignJob(
        campaign: UUID, job: Int64, token: Int64, worker: String, error: String, duration: Duration = .zero
    ) async throws -> FailureOutcome {
        try await row(
            """
            SELECT domainflow.fail_campaign_job(
                p_campaign_id => \(campaign)::uuid, p_job_id => \(job)::bigint, p_token => \(token)::bigint, p_worker => \(worker)::text,
                p_error => \(error)::text, p_duration_ms => \(duration.milliseconds)::double precision)
            """
        ) { try $0.choice("fail_campaign_job") }
    }

    /// Fails campaigns whose job died with its worker, which would otherwise never end. Idle workers call it.
    @discardableResult
    public func failStrandedCampaigns(actor: String? = nil) async throws -> [UUID] {
        try await rows("SELECT id FROM domainflow.fail_stranded_campaigns(p_actor => \(actor)::text) AS f (id)") { try $0.get(0) }
    }

    /// All events of a campaign, in order.
    public func campaignTrail(_ id: UUID) async throws -> [TrailEvent] {
        try await rows(
            """
            SELECT happened_at, transaction_id::text, correlation_id, area, event, detail::text
              FROM domainflow.campaign_trail(p_campaign_id => \(id)::uuid)
            """
        ) {
            TrailEvent(
                happenedAt: try $0.get("happened_at"), transactionID: try $0.get("transaction_id"),
                correlationID: try $0.get("correlation_id"), area: try $0.get("area"), event: try $0.get("event"),
                detail: try $0.get("detail"))
        }
    }

    /// The invariants of a campaign with their numbers of violations; of all campaigns if `id` is nil.
    public func campaignInvariants(_ id: UUID? = nil) async throws -> [InvariantCount] {
        try await rows("SELECT name, violations FROM domainflow.campaign_invariants(p_campaign_id => \(id)::uuid)") {
            InvariantCount(name: try $0.get("name"), violations: try $0.get("violations"))
        }
    }

    /// Allocates the next numbers of a campaign, each exactly once: fewer than `size` at the end, nil if none are left. The numbers of a
    /// transaction that rolled back are allocated again.
    public func allocateDomainRange(campaign: UUID, size: Int64) async throws -> Range<Int64>? {
        try await rows(
            """
            SELECT range_start, range_end
              FROM domainflow.allocate_domain_range(p_campaign_id => \(campaign)::uuid, p_size => \(size)::bigint)
            """
        ) { try $0.get("range_start", as: Int64.self)..<$0.get("range_end", as: Int64.self) }.first
    }

    /// Generates names of the pattern without storing them.
    public func generateDomains(_ pattern: DomainPattern, from: Int = 0, count: Int) async throws -> [String] {
        let pattern = try PostgresJSON(encoding: pattern)
        return try await rows(
            """
            SELECT name
              FROM domainflow.generate_domains(p_pattern => \(pattern)::jsonb, p_from => \(from)::bigint, p_count => \(count)::bigint)
             ORDER BY domain_offset
            """
        ) { try $0.get("name") }
    }

    /// The number of names of a pattern. A pattern with names that DNS does not allow is an error, which says what is wrong.
    public func checkDomainPattern(_ pattern: DomainPattern) async throws -> Int {
        let pattern = try PostgresJSON(encoding: pattern)
        return try await value("SELECT domainflow.check_domain_pattern(p_pattern => \(pattern)::jsonb)")
    }
}
