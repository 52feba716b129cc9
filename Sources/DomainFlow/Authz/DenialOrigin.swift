/// The decision that a denial logged over another connection belongs to.
struct DenialOrigin: Encodable {
    private enum CodingKeys: String, CodingKey {
        case decisionID = "decision_id"
        case reasonCode = "reason_code"
        case model, revision
    }

    let decisionID, model: String
    let revision: Int
    let reasonCode: AccessReason

    init(_ decision: AccessDecision, model: String) {
        // As PostgreSQL writes it, so that it can be compared with the id of the row.
        decisionID = decision.decisionID.uuidString.lowercased()
        self.model = model
        revision = decision.revision
        reasonCode = decision.reasonCode
    }
}
