import Foundation
import PQClient

/// Sealing decisions into a Merkle tree, and proving them; legal holds and erasure, which the proofs survive.
extension DomainFlowClient {
    /// Seals decisions whose transactions ended, and appends a head to the tree. Returns how many it sealed; 0 while another call is at
    /// work.
    ///
    /// - Parameter maxRows: about how many in one call (1 to 10,000,000), but whole transactions. Call it until it returns less.
    @discardableResult
    public func sealAudit(maxRows: Int = 100_000) async throws -> Int {
        try await value("SELECT domainflow.seal_audit(p_max_rows => \(maxRows)::integer)")
    }

    /// The newest head of the tree, to be kept outside the database; nil before the first ``sealAudit(maxRows:)``.
    ///
    /// - Parameter blocks: with the hashes of each 1,024 leaves (64 characters each), which tell what part of a tree was rebuilt.
    public func auditHead(blocks: Bool = true) async throws -> AuditHead? {
        try await rows(
            """
            SELECT number, size, root, sealed_at, system, blocks FROM domainflow.audit_head(p_blocks => \(blocks)::boolean)
            """, AuditHead.init
        ).first
    }

    /// The receipt of a decision, which proves it outside the database; nil when there is no such decision.
    public func auditReceipt(_ decisionID: UUID) async throws -> AuditReceipt? {
        try await value("SELECT domainflow.audit_receipt(p_id => \(decisionID)::uuid)", as: String?.self)
            .map { AuditReceipt(id: decisionID, receipt: $0) }
    }

    /// Computes the tree again from the decisions, and compares it with what was sealed.
    ///
    /// - Parameters:
    ///   - head: one that was kept outside the database. Without it, somebody who may write the tables can rebuild the tree unseen.
    ///   - receipts: those that were kept; they tell about decisions of a rebuilt tree, and about those that are not sealed.
    public func verifyAudit(head: AuditHead? = nil, receipts: [AuditReceipt] = []) async throws -> AuditVerdict {
        let head = try head.map { try PostgresJSON(encoding: $0) }
        let receipts = receipts.isEmpty ? nil : try PostgresJSON(encoding: receipts)
        return try await row(
            """
            SELECT outcome, leaf_index, id, block, detail, size, root, checked, unsealed, dropped, erased, receipts
              FROM domainflow.verify_audit(p_head => \(head)::jsonb, p_receipts => \(receipts)::jsonb)
            """, AuditVerdict.init)
    }

    /// Proves that a decision is a leaf of the tree with `size` leaves (nil: the newest). `RES_NOT_FOUND` when it is not sealed there.
    public func auditInclusionProof(_ decisionID: UUID, size: Int? = nil) async throws -> InclusionProof {
        try await row(
            """
            SELECT leaf_index, leaf_hash, receipt, size, root, proof
              FROM domainflow.audit_inclusion_proof(p_id => \(decisionID)::uuid, p_size => \(size)::bigint)
            """, InclusionProof.init)
    }

    /// Proves that the tree with `oldSize` leaves is the beginning of the one with `newSize` (nil: the newest).
    public func auditConsistencyProof(from oldSize: Int, to newSize: Int? = nil) async throws -> ConsistencyProof {
        try await row(
            """
            SELECT old_size, old_root, new_size, new_root, proof
              FROM domainflow.audit_consistency_proof(p_old_size => \(oldSize)::bigint, p_new_size => \(newSize)::bigint)
            """, ConsistencyProof.init)
    }

    /// Sealed decisions `from` to `to` - 1 (nil: all) as JSON objects, to be verified without the database: the head first, then a line for
    /// each leaf. They are all in memory at once; a large log is exported in parts.
    public func exportSealedAudit(from: Int = 0, to: Int? = nil) async throws -> [PostgresJSON] {
        try await rows(
            "SELECT line FROM domainflow.export_sealed_audit(p_from => \(from)::bigint, p_to => \(to)::bigint) AS f (line)"
        ) { try $0.get(0) }
    }

    /// Keeps the decisions of a user (nil: of all) between two moments (nil: ever) from retention and erasure. A name is used once
    /// (`RES_ALREADY_EXISTS`), also after its release.
    public func placeLegalHold(_ name: String, reason: String, userID: String? = nil, from: Date? = nil, to: Date? = nil) async throws {
        _ = try await query(
            """
            SELECT domainflow.place_legal_hold(
                p_name => \(name)::text, p_reason => \(reason)::text, p_user_id => \(userID)::text, p_from => \(from)::timestamptz,
                p_to => \(to)::timestamptz)
            """)
    }

    /// Ends a legal hold. `RES_NOT_FOUND` when there is none of that name in force.
    public func releaseLegalHold(_ name: String, reason: String) async throws {
        _ = try await query(
            "SELECT domainflow.release_legal_hold(p_name => \(name)::text, p_reason => \(reason)::text)")
    }

    /// Removes the values of the sealed decisions about a user, and keeps their leaves, so that every proof still holds. A legal hold on
    /// the user or on all forbids it (`RES_LOCKED`).
    ///
    /// - Parameter limit: how many decisions in one call, at most (1 to 1,000,000). Call it again until it erases none; what is not sealed
    ///   needs ``sealAudit(maxRows:)`` first.
    @discardableResult
    public func eraseSubject(userID: String, reason: String, limit: Int = 100_000) async throws -> SubjectErasure {
        try await row(
            """
            SELECT erased, unsealed
              FROM domainflow.erase_subject(
                  p_user_id => \(userID)::text, p_reason => \(reason)::text, p_limit => \(limit)::integer)
            """, SubjectErasure.init)
    }
}
