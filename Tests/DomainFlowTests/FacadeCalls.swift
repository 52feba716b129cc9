import DomainFlow
import Foundation
import PQClient

/// Every typed call once, each with the arguments it cannot do without; ``CatalogTests`` compares them with the catalog. A new function
/// of the database gets its call in Sources/DomainFlow/<Room>/DomainFlowClient+<Room>.swift and a line here.
enum FacadeCalls {
    typealias Call = @Sendable (DomainFlowClient) async throws -> Void

    static let all: [Call] =
        meta + entity + state + job + jobAdmin + campaign + campaignWork + transaction + audit + auditRows + auditSeal + authz
        + authzAdmin + query + resource

    private static let id = UUID()

    static let meta: [Call] = [
        { _ = try await $0.version() },
        { _ = try await $0.catalogFingerprint() },
        { _ = try await $0.catalogObjects() },
        { _ = try await $0.errorCodes() },
        { _ = try await $0.catalogDrift() },
        { _ = try await $0.rebuildGenerated() },
        { _ = try await $0.maintain() },
    ]

    static let entity: [Call] = [
        { _ = try await $0.manageEntity(table: "pg_class") },
        { try await $0.unmanageEntity(table: "pg_class") },
        { _ = try await $0.updateEntity("e", id: "1", expectedVersion: 1, newData: "{}") },
    ]

    static let state: [Call] = [
        { _ = try await $0.defineStateMachine("m", definition: "{}") },
        { _ = try await $0.createStateInstance(machine: "m", entityID: "1") },
        { _ = try await $0.transition(machine: "m", entityID: "1", to: "s") },
        { _ = try await $0.transition(machine: "m", [StateMove("1", to: "s")]) },
        { _ = try await $0.validateTransition(machine: "m", entityID: "1", to: "s") },
        { _ = try await $0.stateHistory(machine: "m", entityID: "1") },
        { _ = try await $0.state(machine: "m", entityID: "1", at: Date()) },
    ]

    static let job: [Call] = [
        { _ = try await $0.enqueueJob(queue: "q", kind: "k") },
        { _ = try await $0.enqueueJobs(queue: "q", [NewJob(kind: "k")]) },
        { _ = try await $0.claimJobs(queue: "q", worker: "w") },
        { _ = try await $0.heartbeatJobs(queue: "q", ids: [1], token: 1) },
        { _ = try await $0.completeJob(queue: "q", id: 1, token: 1) },
        { _ = try await $0.completeJobs(queue: "q", ids: [1], tokens: [1]) },
        { _ = try await $0.failJob(queue: "q", id: 1, token: 1, error: "e") },
        { _ = try await $0.releaseJobs(queue: "q", ids: [1], token: 1) },
    ]

    static let jobAdmin: [Call] = [
        { _ = try await $0.createQueue("q") },
        { _ = try await $0.pauseQueue("q") },
        { _ = try await $0.queueStats() },
        { _ = try await $0.dropQueue("q") },
        { _ = try await $0.listDeadJobs() },
        { _ = try await $0.rescueJobs() },
        { _ = try await $0.cancelJobs(queue: "q", ids: [1]) },
        { _ = try await $0.parkJobs(queue: "q", ids: [1]) },
        { _ = try await $0.unparkJobs(queue: "q", ids: [1]) },
        { _ = try await $0.requeueJobs(queue: "q", ids: [1]) },
    ]

    static let campaign: [Call] = [
        { _ = try await $0.createCampaign(name: "n", pattern: DomainPattern(charset: "a", length: 1, tlds: ["com"])) },
        { _ = try await $0.startCampaign(id) },
        { _ = try await $0.pauseCampaign(id) },
        { _ = try await $0.resumeCampaign(id) },
        { _ = try await $0.cancelCampaign(id) },
        { _ = try await $0.failCampaign(id) },
        { _ = try await $0.archiveCampaign(id) },
        { _ = try await $0.campaign(id) },
        { _ = try await $0.campaigns() },
    ]

    static let campaignWork: [Call] = [
        { _ = try await $0.processCampaignJob(campaign: id, job: 1, token: 1, worker: "w") },
        { _ = try await $0.failCampaignJob(campaign: id, job: 1, token: 1, worker: "w", error: "e") },
        { _ = try await $0.failStrandedCampaigns() },
        { _ = try await $0.claimCampaignJobs(campaign: id, worker: "w") },
        { _ = try await $0.campaignTrail(id) },
        { _ = try await $0.campaignInvariants() },
        { _ = try await $0.allocateDomainRange(campaign: id, size: 1) },
        { _ = try await $0.generateDomains(DomainPattern(charset: "a", length: 1, tlds: ["com"]), count: 1) },
        { _ = try await $0.checkDomainPattern(DomainPattern(charset: "a", length: 1, tlds: ["com"])) },
    ]

    static let transaction: [Call] = [
        { _ = try await $0.recordTransactionMetric(operationName: "o", duration: .zero, success: true) },
        { _ = try await $0.recordTransactionMetrics([]) },
        { _ = try await $0.recordTransactionCounts([]) },
        { _ = try await $0.transactionPerformanceStats() },
    ]

    static let audit: [Call] = [
        { _ = try await $0.logAuthorizationDecision(userID: "u", resourceType: "t", resourceID: nil, action: "a", decision: .allow) },
        { _ = try await $0.logAuthorizationDecisions([]) },
        { _ = try await $0.authorizationDecisions() },
        { _ = try await $0.ensurePartitions() },
        { _ = try await $0.setRetention(table: "job_archive", retention: nil) },
        { _ = try await $0.dropExpiredPartitions() },
    ]

    static let auditRows: [Call] = [
        { _ = try await $0.auditTable("pg_class") },
        { try await $0.unauditTable("pg_class") },
        { _ = try await $0.rowChanges() },
        { _ = try await $0.trail(correlationID: "c") },
        { _ = try await $0.suspiciousAccess() },
        { _ = try await $0.exportAudit() },
        { _ = try await $0.auditGuardStatus() },
    ]

    static let auditSeal: [Call] = [
        { _ = try await $0.sealAudit() },
        { _ = try await $0.auditHead() },
        { _ = try await $0.auditReceipt(id) },
        { _ = try await $0.verifyAudit() },
        { _ = try await $0.auditInclusionProof(id) },
        { _ = try await $0.auditConsistencyProof(from: 1) },
        { _ = try await $0.exportSealedAudit() },
        { try await $0.placeLegalHold("h", reason: "r") },
        { try await $0.releaseLegalHold("h", reason: "r") },
        { _ = try await $0.eraseSubject(userID: "u", reason: "r") },
    ]

    static let authz: [Call] = [
        { _ = try await $0.hasAccess("user:a", to: "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.checkAccess("user:a", to: "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.requireAccess("user:a", to: "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.listResources("user:a", to: "r", resourceType: "t") },
        { _ = try await $0.listSubjects("user", withAccessTo: "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.writeRelation("user:a", "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.deleteRelation("user:a", "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.checkAccesses([AccessRequest("user:a", to: "r", resourceType: "t", resourceID: "1")]) },
        { _ = try await $0.writeRelations([Relationship("user:a", "r", "t:1")]) },
        { _ = try await $0.deleteRelations([Relationship("user:a", "r", "t:1")]) },
    ]

    static let authzAdmin: [Call] = [
        { _ = try await $0.defineAuthorizationModel("m", source: "s") },
        { try await $0.defineAccessPolicy(AccessPolicy("p", .deny, resourceType: "t", actions: ["r"])) },
        { _ = try await $0.dropAccessPolicy("p") },
        { _ = try await $0.explainAccess("user:a", to: "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.expandAccess(to: "r", resourceType: "t", resourceID: "1") },
        { _ = try await $0.diffAccess(1, 2) },
        { _ = try await $0.simulatePolicy(AccessPolicy("p", .deny, resourceType: "t", actions: ["r"])) },
        { _ = try await $0.accessReview(since: Date()) },
        { try await $0.forbidTogether("t:1#r", "t:2#r") },
        { _ = try await $0.allowTogether("t:1#r", "t:2#r") },
    ]

    static let query: [Call] = [
        { _ = try await $0.recordQueryPerformance(query: "SELECT 1", duration: .zero) },
        { _ = try await $0.recordQueryPerformances([]) },
        { _ = try await $0.slowQueries() },
        { _ = try await $0.optimizationRecommendations() },
        { _ = try await $0.explainQuery(fingerprint: "0123456789abcdef") },
        { _ = try await $0.normalizeQuery("SELECT 1") },
        { _ = try await $0.queryFingerprint("SELECT 1") },
    ]

    static let resource: [Call] = [
        { _ = try await $0.recordPoolMetrics(PostgresPool(conninfo: "").statistics, poolName: "p") }
    ]
}
