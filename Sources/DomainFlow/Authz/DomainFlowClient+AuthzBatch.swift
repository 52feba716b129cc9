import Foundation
import PQClient

/// Many decisions or facts in one statement, all or none.
extension DomainFlowClient {
    /// Decides and logs many accesses, as `checkAccess` does; the answers come in the order of the requests. A wrong name fails the call.
    public func checkAccesses(
        _ requests: [AccessRequest], context: PostgresJSON = "{}", model: String = "default", forWrite: Bool = true,
        requestContext: PostgresJSON = "{}"
    ) async throws -> [AccessOutcome] {
        try await rows(
            """
            SELECT allowed, reason_code, reason, denied_by, decision_id
              FROM domainflow.check_accesses(
                  p_subjects => \(requests.map(\.subject))::text[], p_actions => \(requests.map(\.action))::text[],
                  p_resource_types => \(requests.map(\.resourceType))::text[], p_resource_ids => \(requests.map(\.resourceID))::text[],
                  p_context => \(context)::jsonb, p_model => \(model)::text, p_for_write => \(forWrite)::boolean,
                  p_request_context => \(requestContext)::jsonb)
            """, AccessOutcome.init)
    }

    /// Writes many facts, with one end, giver and reason for all; what each did comes in the order of the facts.
    @discardableResult
    public func writeRelations(
        _ facts: [Relationship], validUntil: Date? = nil, grantedBy: String? = nil, reason: String? = nil, model: String = "default"
    ) async throws -> [RelationChange] {
        try await rows(
            """
            SELECT write_relations
              FROM domainflow.write_relations(
                  p_subjects => \(facts.map(\.subject))::text[], p_relations => \(facts.map(\.relation))::text[],
                  p_resource_types => \(facts.map(\.resourceType))::text[], p_resource_ids => \(facts.map(\.resourceID))::text[],
                  p_valid_until => \(validUntil)::timestamptz, p_granted_by => \(grantedBy)::text, p_reason => \(reason)::text,
                  p_model => \(model)::text)
            """
        ) { try $0.choice("write_relations") }
    }

    /// Deletes many facts; whether each was there comes in the order of the facts.
    @discardableResult
    public func deleteRelations(
        _ facts: [Relationship], deletedBy: String? = nil, reason: String? = nil, model: String = "default"
    ) async throws -> [Bool] {
        try await rows(
            """
            SELECT delete_relations
              FROM domainflow.delete_relations(
                  p_subjects => \(facts.map(\.subject))::text[], p_relations => \(facts.map(\.relation))::text[],
                  p_resource_types => \(facts.map(\.resourceType))::text[], p_resource_ids => \(facts.map(\.resourceID))::text[],
                  p_deleted_by => \(deletedBy)::text, p_reason => \(reason)::text, p_model => \(model)::text)
            """
        ) { try $0.get(0) }
    }
}
