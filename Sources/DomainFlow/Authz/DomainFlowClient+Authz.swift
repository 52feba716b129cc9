import Foundation
import PQClient

/// Decisions about who may do what, lists of them, and the facts that they follow.
extension DomainFlowClient {
    /// Whether a subject may do something to a resource. Nothing is logged.
    ///
    /// - Parameters:
    ///   - subject: `user:anne`, or `group:eng#member` for the members of a group.
    ///   - action: a relation of the type.
    ///   - facts: count beside the stored ones, for this call only.
    ///   - maxDepth: the greatest number of facts to follow in a row (`VAL_OUT_OF_RANGE`); nil: no limit.
    ///   - context: what conditions of policies see. A list `scopes` in it narrows what is allowed.
    public func hasAccess(
        _ subject: String, to action: String, resourceType: String, resourceID: String, model: String = "default",
        facts: [Relationship] = [], maxDepth: Int? = nil, context: PostgresJSON? = nil
    ) async throws -> Bool {
        try await value(
            """
            SELECT domainflow.has_access(
                p_subject => \(subject)::text, p_action => \(action)::text, p_resource_type => \(resourceType)::text,
                p_resource_id => \(resourceID)::text, p_model => \(model)::text, p_facts => \(facts.json)::jsonb,
                p_max_depth => \(maxDepth)::integer, p_context => \(context)::jsonb)
            """)
    }

    /// Decides whether a subject may do something to a resource, logs the decision and says why, in the caller's transaction.
    ///
    /// What is allowed is decided once more when the transaction commits. If the right was taken away meanwhile, the commit fails with
    /// `AUTH_FORBIDDEN`, and nothing is written; at REPEATABLE READ and above it fails with `SYS_SERIALIZATION_FAILURE`, and the
    /// transaction runs again.
    ///
    /// A denial is an answer. Its row survives if the transaction commits, so return from it and answer 403. With `durable` it survives a
    /// rollback too; see <doc:DecidingAccess>.
    ///
    /// - Parameters:
    ///   - forWrite: false leaves out the decision at commit, for transactions that only read.
    ///   - requestContext: where the request came from, for the log.
    ///   - durable: in a transaction, a denial is also logged over a second connection, with the id of the decision in its request
    ///     context. If that fails, so does the call: `SYS_POOL_EXHAUSTED` when no connection is free.
    public func checkAccess(
        _ subject: String, to action: String, resourceType: String, resourceID: String, context: PostgresJSON = "{}",
        model: String = "default", facts: [Relationship] = [], forWrite: Bool = true, requestContext: PostgresJSON = "{}",
        maxDepth: Int? = nil, durable: Bool = false
    ) async throws -> AccessDecision {
        let log = durable ? try await poolBesideTransaction() : nil
        let decision = try await row(
            """
            SELECT allowed, reason_code, reason, matched, denied_by, revision, snapshot::text, duration_ms, decision_id
              FROM domainflow.check_access(
                  p_subject => \(subject)::text, p_action => \(action)::text, p_resource_type => \(resourceType)::text,
                  p_resource_id => \(resourceID)::text, p_context => \(context)::jsonb, p_model => \(model)::text,
                  p_facts => \(facts.json)::jsonb, p_for_write => \(forWrite)::boolean,
                  p_request_context => \(requestContext)::jsonb, p_max_depth => \(maxDepth)::integer)
            """, AccessDecision.init)
        if let log, !decision.isAllowed {
            let denial = AuthorizationDecision(
                userID: subject, resourceType: resourceType, resourceID: resourceID, action: action, decision: .deny,
                policies: decision.matched, context: context, requestContext: requestContext,
                executionTime: .milliseconds(decision.durationMS))
            try await logDurably(denial, of: DenialOrigin(decision, model: model), over: log)
        }
        return decision
    }

    /// Throws `AUTH_FORBIDDEN` unless a subject may do something to a resource; returns the id of the logged decision.
    ///
    /// As `checkAccess`, it is decided once more at commit. The error takes the row of the denial along, unless it is `durable`.
    @discardableResult
    public func requireAccess(
        _ subject: String, to action: String, resourceType: String, resourceID: String, context: PostgresJSON = "{}",
        model: String = "default", facts: [Relationship] = [], requestContext: PostgresJSON = "{}", durable: Bool = false
    ) async throws -> UUID {
        guard durable else {
            return try await value(
                """
                SELECT domainflow.require_access(
                    p_subject => \(subject)::text, p_action => \(action)::text, p_resource_type => \(resourceType)::text,
                    p_resource_id => \(resourceID)::text, p_context => \(context)::jsonb, p_model => \(model)::text,
                    p_facts => \(facts.json)::jsonb, p_request_context => \(requestContext)::jsonb)
                """)
        }
        let decision = try await checkAccess(
            subject, to: action, resourceType: resourceType, resourceID: resourceID, context: context, model: model, facts: facts,
            requestContext: requestContext, durable: true)
        guard decision.isAllowed else {
            throw DomainFlowError(
                .authForbidden, decision.reason, detail: "reason: \(decision.reasonCode), revision: \(decision.revision)",
                hint: "Answer 403. The denial is logged.")
        }
        return decision.decisionID
    }

    /// A page of the resources of a type to which a subject has an action: exactly those that `hasAccess` allows.
    ///
    /// - Parameters:
    ///   - after: ``AccessPage/next`` of the page before.
    ///   - limit: 1 to 10,000.
    public func listResources(
        _ subject: String, to action: String, resourceType: String, after: String = "", limit: Int = 1000, model: String = "default",
        facts: [Relationship] = [], context: PostgresJSON? = nil
    ) async throws -> AccessPage {
        AccessPage(
            try await rows(
                """
                SELECT resource_id, complete
                  FROM domainflow.list_resources(
                      p_subject => \(subject)::text, p_action => \(action)::text, p_resource_type => \(resourceType)::text,
                      p_after => \(after)::text, p_limit => \(limit)::integer, p_model => \(model)::text, p_facts => \(facts.json)::jsonb,
                      p_context => \(context)::jsonb)
                """
            ) { (try $0.get("resource_id"), try $0.get("complete")) })
    }

    /// All resources of a type to which a subject has an action, read page by page.
    public func allResources(
        _ subject: String, to action: String, resourceType: String, pageSize: Int = 1000, model: String = "default",
        facts: [Relationship] = [], context: PostgresJSON? = nil
    ) -> AccessList {
        AccessList {
            try await listResources(
                subject, to: action, resourceType: resourceType, after: $0, limit: pageSize, model: model, facts: facts, context: context)
        }
    }

    /// A page of the subjects that have an action on a resource. `*` is an id of its own and stands for every subject of the type.
    ///
    /// - Parameters:
    ///   - kind: `user`, or `group#member`.
    ///   - after: ``AccessPage/next`` of the page before.
    ///   - limit: 1 to 10,000.
    public func listSubjects(
        _ kind: String, withAccessTo action: String, resourceType: String, resourceID: String, after: String = "", limit: Int = 1000,
        model: String = "default", facts: [Relationship] = [], maxDepth: Int? = nil, context: PostgresJSON? = nil
    ) async throws -> AccessPage {
        AccessPage(
            try await rows(
                """
                SELECT subject_id, complete
                  FROM domainflow.list_subjects(
                      p_resource_type => \(resourceType)::text, p_resource_id => \(resourceID)::text, p_action => \(action)::text,
                      p_subject_kind => \(kind)::text, p_after => \(after)::text, p_limit => \(limit)::integer,
                      p_model => \(model)::text, p_facts => \(facts.json)::jsonb, p_max_depth => \(maxDepth)::integer,
                      p_context => \(context)::jsonb)
                """
            ) { (try $0.get("subject_id"), try $0.get("complete")) })
    }

    /// All subjects of a kind that have an action on a resource, read page by page.
    public func allSubjects(
        _ kind: String, withAccessTo action: String, resourceType: String, resourceID: String, pageSize: Int = 1000,
        model: String = "default", facts: [Relationship] = [], maxDepth: Int? = nil, context: PostgresJSON? = nil
    ) -> AccessList {
        AccessList {
            try await listSubjects(
                kind, withAccessTo: action, resourceType: resourceType, resourceID: resourceID, after: $0, limit: pageSize, model: model,
                facts: facts, maxDepth: maxDepth, context: context)
        }
    }

    /// Writes a fact: from the commit on, `subject` has `relation` to the resource. It is logged.
    ///
    /// - Parameters:
    ///   - validUntil: from this moment on it does not count; nil: until it is deleted.
    ///   - grantedBy: the subject on whose behalf it is written.
    @discardableResult
    public func writeRelation(
        _ subject: String, _ relation: String, resourceType: String, resourceID: String, validUntil: Date? = nil,
        grantedBy: String? = nil, reason: String? = nil, model: String = "default"
    ) async throws -> RelationChange {
        try await row(
            """
            SELECT domainflow.write_relation(
                p_subject => \(subject)::text, p_relation => \(relation)::text, p_resource_type => \(resourceType)::text,
                p_resource_id => \(resourceID)::text, p_valid_until => \(validUntil)::timestamptz, p_granted_by => \(grantedBy)::text,
                p_reason => \(reason)::text, p_model => \(model)::text)
            """
        ) { try $0.choice("write_relation") }
    }

    /// Deletes a fact; returns whether there was one. It is logged. A transaction that the fact permitted and that commits later fails with
    /// `AUTH_FORBIDDEN`.
    @discardableResult
    public func deleteRelation(
        _ subject: String, _ relation: String, resourceType: String, resourceID: String, deletedBy: String? = nil,
        reason: String? = nil, model: String = "default"
    ) async throws -> Bool {
        try await value(
            """
            SELECT domainflow.delete_relation(
                p_subject => \(subject)::text, p_relation => \(relation)::text, p_resource_type => \(resourceType)::text,
                p_resource_id => \(resourceID)::text, p_deleted_by => \(deletedBy)::text, p_reason => \(reason)::text,
                p_model => \(model)::text)
            """)
    }
}
