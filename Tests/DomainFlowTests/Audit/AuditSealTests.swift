import DomainFlow
import Foundation
import PQClient
import Testing

/// Decisions that are sealed, proved, held and erased.
@Suite(.timeLimit(.minutes(2)), .serialized) struct AuditSealTests {
    private let database: DomainFlowClient
    private let pool: PostgresPool
    private let user = "user-\(UUID().uuidString)"

    init() async throws {
        pool = try await FacadeDatabase.shared.pool()
        database = DomainFlowClient(pool)
    }

    /// A decision about the user, and its receipt, after it was sealed.
    private func sealed() async throws -> AuditReceipt {
        let id = try await database.logAuthorizationDecision(
            userID: user, resourceType: "t", resourceID: "1", action: "a", decision: .allow)
        let receipt = try #require(try await database.auditReceipt(id))
        while try await database.sealAudit() > 0 {}
        return receipt
    }

    @Test func decisionsAreProvedOutsideTheDatabase() async throws {
        #expect(try await database.auditReceipt(UUID()) == nil)
        let receipt = try await sealed()
        let old = try #require(try await database.auditHead())
        let kept = try PostgresJSON(encoding: old)
        #expect(try kept.decode(AuditHead.self).root == old.root && old.root.count == 64)
        #expect(old.blocks?.count == (old.size + 1023) / 1024)
        #expect(try await database.auditHead(blocks: false)?.blocks == nil)
        let inclusion = try await database.auditInclusionProof(receipt.id, size: old.size)
        #expect(inclusion.receipt == receipt.receipt && inclusion.root == old.root && inclusion.leafIndex < old.size)

        _ = try await sealed()
        let new = try #require(try await database.auditHead(blocks: false))
        let consistency = try await database.auditConsistencyProof(from: old.size, to: new.size)
        #expect(consistency.oldRoot == old.root && consistency.newRoot == new.root && !consistency.proof.isEmpty)
        let verdict = try await database.verifyAudit(head: kept.decode(), receipts: [receipt])
        #expect(verdict.isVerified && verdict.size >= new.size && verdict.receipts == 1 && verdict.detail == nil)
        let wrong = AuditReceipt(id: receipt.id, receipt: String(repeating: "0", count: 64))
        let changed = try await database.verifyAudit(receipts: [wrong])
        #expect(changed.outcome == .changed && changed.id == receipt.id && changed.leafIndex == inclusion.leafIndex)

        let lines = try await database.exportSealedAudit(from: inclusion.leafIndex, to: inclusion.leafIndex + 1)
        #expect(lines.count == 2 && lines[0].text.contains(#""type": "head""#) && lines[1].text.contains(inclusion.leafHash))
        let unsealed = await #expect(throws: DomainFlowError.self) { try await database.auditInclusionProof(UUID()) }
        #expect(unsealed?.code == .resNotFound)
        let larger = await #expect(throws: DomainFlowError.self) {
            try await database.auditConsistencyProof(from: new.size, to: old.size)
        }
        #expect(larger?.code == .valOutOfRange)
    }

    @Test func anErasureWaitsForTheHoldAndKeepsTheProof() async throws {
        let receipt = try await sealed()
        try await database.placeLegalHold(user, reason: "letter of 3 May", userID: user, from: Date().addingTimeInterval(-3600))
        let held = await #expect(throws: DomainFlowError.self) { try await database.eraseSubject(userID: user, reason: "request 17") }
        #expect(held?.sqlState == "DF304" && held?.message.contains(user) == true)
        try await database.releaseLegalHold(user, reason: "settled")
        let twice = await #expect(throws: DomainFlowError.self) { try await database.releaseLegalHold(user, reason: "settled") }
        #expect(twice?.code == .resNotFound)
        let erasure = try await database.eraseSubject(userID: user, reason: "request 17")
        #expect(erasure.erased == 1 && erasure.unsealed == 0)
        #expect(try await database.authorizationDecisions(userID: user).isEmpty)
        #expect(try await database.auditInclusionProof(receipt.id).receipt == receipt.receipt)
        #expect(try await database.verifyAudit(receipts: [receipt]).isVerified)
    }
}
