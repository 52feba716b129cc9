import Foundation

/// One event of a campaign. Events with the same transaction id happened together.
public struct TrailEvent: Sendable, Hashable, Encodable {
    public var happenedAt: Date
    public var transactionID: String
    public var correlationID: String?
    public var area, event: String
    /// A JSON object.
    public var detail: String
}
