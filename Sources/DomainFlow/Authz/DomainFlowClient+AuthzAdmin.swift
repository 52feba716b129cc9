import PQClient

/// Models, policies, and explanations. Explanations say who else has what, so they are for auditors and not for the application.
extension DomainFlowClient {
    /// Defines an authorization model in OpenFGA's language (schema 1.1), or changes one. Returns its revision, which decides from the
    /// commit on; the same text again changes nothing.
    ///
    /// A text that cannot be read is refused with its line and column (`VAL_INVALID_ARGUMENT`), and a revision that does not admit facts
    /// that exist with their kinds (`BIZ_INVARIANT`), unless `orphans` is `.ignore`.
    @discardableResult
    public func defineAuthorizationModel(_ model: String, source: String, orphans: OrphanedFacts = .refuse) async throws -> Int {
        try await value(
            """
            SELECT domainflow.define_authorization_model(
                p_model => \(model)::text, p_source => \(source)::text, p_orphans => \(orphans.rawValue)::text)
            """)
    }

    /// Defines a policy above a model, or changes the one of that name.
    public func defineAccessPolicy(_ policy: AccessPolicy, model: String = "default") async throws {
        _ = try await query(
            """
            SELECT domainflow.define_access_policy(
                p_policy => \(policy.name)::text, p_effect => \(policy.effect.rawValue)::text,
                p_resource_type => \(policy.resourceType)::text, p_actions => \(policy.actions)::text[],
                p_condition => \(policy.condition)::text, p_description => \(policy.description)::text, p_model => \(model)::text)
            """)
    }

    /// Drops a policy; returns whether there was one.
    @discardableResult
    public func dropAccessPolicy(_ name: String, model: String = "default") async throws -> Bool {
        try await value("SELECT domainflow.drop_access_policy(p_policy => \(name)::text, p_model => \(model)::text)")
    }

    /// Why a decision is what it is: everything it looked at, as a tree in the order of its rows, and after a denial a remark with the
    /// nearest fact that would allow it. Policies are not in the tree.
    public func explainAccess(
        _ subject: String, to action: String, resourceType: String, resourceID: String, model: String = "default",
        facts: [Relationship] = []
    ) async throws -> [AccessStep] {
        try await rows(
            """
            SELECT depth, step, verdict
              FROM domainflow.explain_access(
                  p_subject => \(subject)::text, p_action => \(action)::text, p_resource_type => \(resourceType)::text,
                  p_resource_id => \(resourceID)::text, p_model => \(model)::text, p_facts => \(facts.json)::jsonb)
            """, AccessStep.init)
    }

    /// The facts that lead to a relation of a resource, whoever the subject is, nearest first.
    public func expandAccess(
        to action: String, resourceType: String, resourceID: String, model: String = "default", limit: Int = 1000
    ) async throws -> [ExpandedFact] {
        try await rows(
            """
            SELECT steps, resource, relation, subject, taken_away, valid_until, granted_by, reason
              FROM domainflow.expand_access(
                  p_resource_type => \(resourceType)::text, p_resource_id => \(resourceID)::text, p_action => \(action)::text,
                  p_model => \(model)::text, p_limit => \(limit)::integer)
            """, ExpandedFact.init)
    }
}
