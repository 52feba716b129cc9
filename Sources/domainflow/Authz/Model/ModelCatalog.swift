import DomainFlow
import Foundation
import PQClient

/// Models, their revisions and policies, as a database has them. Its tables are for domainflow_auditor to read.
struct ModelCatalog {
    let connection: PostgresConnection

    /// The models with the revisions that decide now.
    func models() async throws -> [ModelSummary] {
        try await connection.query(
            """
            SELECT m.model, m.revision, r.defined_at, r.effective_role,
                   (SELECT count(*) FROM domainflow.authz_policy AS p WHERE p.model_id = m.model_id) AS policies
              FROM domainflow.authz_model AS m
              JOIN domainflow.authz_revision AS r USING (model_id, revision)
             ORDER BY m.model
            """
        ).map { row in
            ModelSummary(
                model: try row.get("model"), revision: try row.get("revision"), definedAt: try row.get("defined_at"),
                definedBy: try row.get("effective_role"), policies: try row.get("policies"))
        }
    }

    /// The revisions of a model, newest first.
    func revisions(_ model: String) async throws -> [ModelRevision] {
        try await connection.query(
            """
            SELECT r.revision, r.defined_at, r.effective_role, r.source
              FROM domainflow.authz_model AS m
              JOIN domainflow.authz_revision AS r USING (model_id)
             WHERE m.model = \(model)
             ORDER BY r.revision DESC
            """
        ).map { row in
            ModelRevision(
                revision: try row.get("revision"), definedAt: try row.get("defined_at"), definedBy: try row.get("effective_role"),
                source: try row.get("source"))
        }
    }

    /// The revision that decides now; nil if there is no such model.
    func current(_ model: String) async throws -> ModelRevision? { try await revisions(model).first }

    func policies(_ model: String) async throws -> [AccessPolicy] {
        try await connection.query(
            """
            SELECT p.policy, p.effect, p.resource_type, p.actions, p.condition::text, p.description
              FROM domainflow.authz_model AS m
              JOIN domainflow.authz_policy AS p USING (model_id)
             WHERE m.model = \(model)
             ORDER BY p.policy
            """
        ).map { row in
            AccessPolicy(
                try row.get("policy"), try row.get("effect", as: String.self) == "allow" ? .allow : .deny,
                resourceType: try row.get("resource_type"), actions: try row.get("actions"), condition: try row.get("condition"),
                description: try row.get("description"))
        }
    }
}
