import Foundation
import PQClient

extension DomainFlowClient {
    /// The queue that campaign workers claim from.
    public static let campaignQueue = "campaign"

    /// Creates a campaign in the state `draft`. Returns its id.
    public func createCampaign(
        id: UUID = UUID(), name: String, pattern: DomainPattern, batchSize: Int = 1000, userID: String? = nil
    ) async throws -> UUID {
        let pattern = try PostgresJSON(encoding: pattern)
        return try await value(
            """
            SELECT campaign_id
              FROM domainflow.create_campaign(
                  p_campaign_id => \(id)::uuid, p_name => \(name)::text, p_pattern => \(pattern)::jsonb,
                  p_batch_size => \(batchSize)::integer, p_user_id => \(userID)::text)
            """)
    }

    /// Starts a draft campaign with the jobs for its first `window` batches. Each finished job adds the next one, so `window` limits the
    /// number of jobs at any moment; it should exceed the number of workers.
    public func startCampaign(
        _ id: UUID, actor: String? = nil, reason: String? = nil, window: Int = 64
    ) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.start_campaign(
                  p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text, p_window => \(window)::integer)
            """, TransitionResult.init)
    }

    /// Parks the jobs of the campaign; workers finish the jobs they hold.
    public func pauseCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.pause_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// Puts the jobs of a paused campaign back into their queue.
    public func resumeCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.resume_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// Ends a campaign early and removes its jobs.
    public func cancelCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.cancel_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// Fails a running or paused campaign that cannot be finished, and removes its jobs.
    public func failCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.fail_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// Archives a campaign that has ended.
    public func archiveCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.archive_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// One campaign; nil if it does not exist.
    public func campaign(_ id: UUID) async throws -> Campaign? {
        try await rows(
            """
            SELECT \(unescaped: Campaign.columns), allocated, jobs_ready, jobs_running, jobs_waiting, jobs_parked, jobs_dead
              FROM domainflow.campaign_status(p_campaign_id => \(id)::uuid)
            """
        ) { row in
            var campaign = try Campaign(row)
            campaign.allocated = try row.get("allocated")
            campaign.jobs = .init(
                ready: try row.get("jobs_ready"), running: try row.get("jobs_running"), waiting: try row.get("jobs_waiting"),
                parked: try row.get("jobs_parked"), dead: try row.get("jobs_dead"))
            return campaign
        }.first
    }

    /// All campaigns, newest first.
    public func campaigns() async throws -> [Campaign] {
        try await rows("SELECT \(unescaped: Campaign.columns) FROM domainflow.list_campaigns()", Campaign.init)
    }
}
