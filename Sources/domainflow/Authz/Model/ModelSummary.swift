import Foundation

/// An authorization model with the revision that decides now.
struct ModelSummary: Encodable {
    var model: String
    var revision: Int
    var definedAt: Date
    var definedBy: String
    var policies: Int
}
