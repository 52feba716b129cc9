import Foundation
import PQClient

/// The current state of a campaign. `allocated` and `jobs` are nil in lists.
public struct Campaign: Sendable, Hashable, Encodable {
    public var campaignID: UUID
    public var name: String
    public var status: String
    public var businessStatus: String
    public var total, generated: Int
    /// The number of names in allocated ranges.
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
