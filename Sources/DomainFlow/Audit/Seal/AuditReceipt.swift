import Foundation

/// A decision and its receipt, to be kept outside the database. It tells nothing about the decision.
public struct AuditReceipt: Sendable, Hashable, Codable {
    /// Id of the decision.
    public var id: UUID
    /// SHA-256 of its canonical bytes, in hexadecimal.
    public var receipt: String

    public init(id: UUID, receipt: String) {
        self.id = id
        self.receipt = receipt
    }
}
