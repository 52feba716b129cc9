import Foundation

/// One text of an authorization model.
struct ModelRevision: Encodable {
    var revision: Int
    var definedAt: Date
    var definedBy: String
    var source: String
}
