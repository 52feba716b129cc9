import Foundation

/// The duration of one execution of a statement.
public struct QueryMeasure: Sendable, Hashable {
    public var query: String
    public var duration: Duration
    public var rows: Int?
    public var operationName: String?
    public var campaignID: UUID?

    public init(query: String, duration: Duration, rows: Int? = nil, operationName: String? = nil, campaignID: UUID? = nil) {
        self.query = query
        self.duration = duration
        self.rows = rows
        self.operationName = operationName
        self.campaignID = campaignID
    }
}
