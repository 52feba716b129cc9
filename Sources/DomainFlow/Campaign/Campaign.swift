import Foundation
import PQClient

/// What the names of a campaign look like: prefix, `length` characters of the charset, suffix, a dot and each of the TLDs.
public struct DomainPattern: Sendable, Hashable, Codable {
    public var prefix: String
    public var charset: String
    public var length: Int
    public var suffix: String
    public var tlds: [String]
    /// Names at most; nil for all that the pattern has.
    public var limit: Int?

    public init(prefix: String = "", charset: String, length: Int, suffix: String = "", tlds: [String], limit: Int? = nil) {
        self.prefix = prefix
        self.charset = charset
        self.length = length
        self.suffix = suffix
        self.tlds = tlds
        self.limit = limit
    }
}

/// One campaign as it stands. `allocated` and the counts of jobs are nil in lists.
public struct Campaign: Sendable, Hashable, Encodable {
    public var campaignID: UUID
    public var name: String
    public var status: String
    public var businessStatus: String
    public var total, generated: Int
    /// Names in ranges that were handed out.
    public var allocated: Int?
    /// 0 to 1.
    public var progress: Double
    public var createdAt: Date
    public var jobs: Jobs?

    public struct Jobs: Sendable, Hashable, Encodable {
        public var ready, running, waiting, parked, dead: Int
    }

    public var hasEnded: Bool { ["completed", "failed", "cancelled", "archived"].contains(status) }

    init(_ row: PostgresRow) throws {
        campaignID = try row.get("campaign_id")
        name = try row.get("name")
        status = try row.get("status")
        businessStatus = try row.get("business_status")
        total = try row.get("total")
        generated = try row.get("generated")
        progress = try row.get("progress")
        createdAt = try row.get("created_at")
    }

    static let columns = "campaign_id, name, status, business_status, total, generated, progress, created_at"
}

/// What became of a claimed campaign job.
public struct CampaignJobResult: Sendable, Hashable {
    public enum Outcome: String, Sendable {
        case done
        /// The campaign is paused; the job waits for it.
        case parked
        /// The campaign has ended.
        case dropped
        /// The job is no longer this worker's.
        case stale
    }
    public var outcome: Outcome
    /// The numbers of the names made; nil unless done.
    public var range: Range<Int64>?
    /// Names made.
    public var generated: Int
    /// The job that was added for the names that come next, if there are any.
    public var nextJobID: Int64?
    public var campaignStatus: String?

    init(_ row: PostgresRow) throws {
        outcome = try row.choice("outcome")
        let start: Int64? = try row.get("range_start")
        let end: Int64? = try row.get("range_end")
        if let start, let end { range = start..<end }
        generated = try row.get("generated", as: Int?.self) ?? 0
        nextJobID = try row.get("next_job_id")
        campaignStatus = try row.get("campaign_status")
    }
}

/// One thing that happened to a campaign. What has the same transaction id happened together.
public struct TrailEvent: Sendable, Hashable, Encodable {
    public var happenedAt: Date
    public var transactionID: String
    public var correlationID: String?
    public var area, event: String
    /// A JSON object.
    public var detail: String
}

/// Something that must never be, counted.
public struct InvariantCount: Sendable, Hashable, Encodable {
    public var name: String
    public var violations: Int
}

extension DomainFlow {
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

    /// Starts a draft campaign with the jobs for its first `window` batches. Each job that is done makes the next one, so `window` bounds
    /// the campaign's jobs at any moment; it should exceed the number of workers.
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

    /// Parks the campaign's jobs; those in work are finished.
    public func pauseCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.pause_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// Puts a paused campaign's jobs back into their queue.
    public func resumeCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.resume_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// Ends a campaign before its time and removes its jobs.
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

    /// Files a campaign that has ended.
    public func archiveCampaign(_ id: UUID, actor: String? = nil, reason: String? = nil) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.archive_campaign(p_campaign_id => \(id)::uuid, p_actor => \(actor)::text, p_reason => \(reason)::text)
            """, TransitionResult.init)
    }

    /// nil when there is no such campaign.
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

    /// All campaigns, the newest first.
    public func campaigns() async throws -> [Campaign] {
        try await rows("SELECT \(unescaped: Campaign.columns) FROM domainflow.list_campaigns()", Campaign.init)
    }
}
