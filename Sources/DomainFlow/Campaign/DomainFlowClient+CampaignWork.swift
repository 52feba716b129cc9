import Foundation
import PQClient

/// What campaign workers do, and what a campaign is checked by.
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

    /// Works a claimed job off: its names, decision, metric and the next job in one transaction.
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

    /// Fails campaigns whose job died with its worker, so that nobody waits for them for ever. Idle workers call it.
    @discardableResult
    public func failStrandedCampaigns(actor: String? = nil) async throws -> [UUID] {
        try await rows("SELECT id FROM domainflow.fail_stranded_campaigns(p_actor => \(actor)::text) AS f (id)") { try $0.get(0) }
    }

    /// Everything that happened to a campaign, in order.
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

    /// What must always hold for campaigns, with the number of violations; of all campaigns when none is named.
    public func campaignInvariants(_ id: UUID? = nil) async throws -> [InvariantCount] {
        try await rows("SELECT name, violations FROM domainflow.campaign_invariants(p_campaign_id => \(id)::uuid)") {
            InvariantCount(name: try $0.get("name"), violations: try $0.get("violations"))
        }
    }

    /// Hands out the next numbers of a campaign, each exactly once; fewer than `size` at the end, nil when none are left. What a
    /// transaction that rolled back got is handed out again.
    public func allocateDomainRange(campaign: UUID, size: Int64) async throws -> Range<Int64>? {
        try await rows(
            """
            SELECT range_start, range_end
              FROM domainflow.allocate_domain_range(p_campaign_id => \(campaign)::uuid, p_size => \(size)::bigint)
            """
        ) { try $0.get("range_start", as: Int64.self)..<$0.get("range_end", as: Int64.self) }.first
    }

    /// Names from the pattern, without storing any.
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

    /// How many names a pattern has; a pattern that makes names no DNS would take is an error that says what is wrong with it.
    public func checkDomainPattern(_ pattern: DomainPattern) async throws -> Int {
        let pattern = try PostgresJSON(encoding: pattern)
        return try await value("SELECT domainflow.check_domain_pattern(p_pattern => \(pattern)::jsonb)")
    }
}
