import Foundation
import PQClient

/// Looking before a change, and at what is left over.
extension DomainFlowClient {
    /// How two revisions of a model decide differently about the facts that exist.
    public func diffAccess(
        _ revisionA: Int, _ revisionB: Int, model: String = "default", limit: Int = 1000
    ) async throws -> [AccessDifference] {
        try await rows(
            """
            SELECT subject, action, resource_type, resource_id, allowed_before, allowed_after
              FROM domainflow.diff_access(
                  p_revision_a => \(revisionA)::integer, p_revision_b => \(revisionB)::integer, p_model => \(model)::text,
                  p_limit => \(limit)::integer)
            """, AccessDifference.init)
    }

    /// The logged decisions of the last hours that a policy would have changed, newest first. Its name and description do not matter.
    ///
    /// - Parameter limit: the number of decisions to look at.
    public func simulatePolicy(
        _ policy: AccessPolicy, hoursBack: Int = 24, model: String = "default", limit: Int = 1000
    ) async throws -> [SimulatedDecision] {
        try await rows(
            """
            SELECT decision_id, decided_at, subject, action, resource_id, decision, would_be, reason_code
              FROM domainflow.simulate_policy(
                  p_effect => \(policy.effect.rawValue)::text, p_resource_type => \(policy.resourceType)::text,
                  p_actions => \(policy.actions)::text[], p_condition => \(policy.condition)::text,
                  p_hours_back => \(hoursBack)::integer, p_model => \(model)::text, p_limit => \(limit)::integer)
            """, SimulatedDecision.init)
    }

    /// The facts that allowed nothing since a moment, oldest first. Facts about groups and about every subject are left out.
    public func accessReview(since: Date, model: String = "default", limit: Int = 1000) async throws -> [UnusedFact] {
        try await rows(
            """
            SELECT subject, relation, resource, granted_at, granted_by, reason, last_used
              FROM domainflow.access_review(
                  p_since => \(since)::timestamptz, p_model => \(model)::text, p_limit => \(limit)::integer)
            """, UnusedFact.init)
    }

    /// Forbids that one subject has two relations at once, such as `role:payer#assignee` and `role:approver#assignee`. From then on a
    /// transaction that gives somebody both fails at its commit (`BIZ_INVARIANT`).
    public func forbidTogether(_ roleA: String, _ roleB: String, model: String = "default") async throws {
        _ = try await query(
            """
            SELECT domainflow.forbid_together(p_role_a => \(roleA)::text, p_role_b => \(roleB)::text, p_model => \(model)::text)
            """)
    }

    /// Takes a ``forbidTogether(_:_:model:)`` back; returns whether there was one.
    @discardableResult
    public func allowTogether(_ roleA: String, _ roleB: String, model: String = "default") async throws -> Bool {
        try await value(
            """
            SELECT domainflow.allow_together(p_role_a => \(roleA)::text, p_role_b => \(roleB)::text, p_model => \(model)::text)
            """)
    }
}
