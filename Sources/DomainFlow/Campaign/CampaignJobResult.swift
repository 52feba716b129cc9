import Foundation
import PQClient

/// The outcome of a claimed campaign job.
public struct CampaignJobResult: Sendable, Hashable {
    public enum Outcome: String, Sendable {
        case done
        /// The campaign is paused; the job waits until it resumes.
        case parked
        /// The campaign has ended.
        case dropped
        /// The job no longer belongs to this worker.
        case stale
    }
    public var outcome: Outcome
    /// The numbers of the generated names; nil unless done.
    public var range: Range<Int64>?
    /// The number of generated names.
    public var generated: Int
    /// The job that was added for the next names, if there are any.
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
