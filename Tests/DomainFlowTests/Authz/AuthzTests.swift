import Foundation
import PQClient
import Testing

@testable import DomainFlow

/// Decisions, lists and facts through the typed calls.
@Suite(.timeLimit(.minutes(2))) struct AuthzTests {
    private let database: DomainFlowClient
    /// The tests share a database, and each has a model of its own.
    private let model = "facade-\(UUID().uuidString)"

    init() async throws { database = DomainFlowClient(try await FacadeDatabase.shared.pool()) }

    private static let source = """
        model
          schema 1.1
        type user
        type group
          relations
            define member: [user]
        type document
          relations
            define blocked: [user]
            define owner: [user]
            define viewer: ([user, user:*, group#member] or owner) but not blocked
        """

    private func define() async throws {
        #expect(try await database.defineAuthorizationModel(model, source: Self.source) == 1)
    }

    private func grant(_ subject: String, _ relation: String, _ type: String, _ id: String) async throws -> RelationChange {
        try await database.writeRelation(subject, relation, resourceType: type, resourceID: id, model: model)
    }

    private func has(_ subject: String, _ action: String, _ id: String, facts: [Relationship] = []) async throws -> Bool {
        try await database.hasAccess(subject, to: action, resourceType: "document", resourceID: id, model: model, facts: facts)
    }

    @Test func decisionsSayWhy() async throws {
        try await define()
        #expect(try await grant("user:anne", "owner", "document", "1") == .created)
        #expect(try await grant("user:anne", "owner", "document", "1") == .kept)
        let changed = try await database.writeRelation(
            "user:anne", "owner", resourceType: "document", resourceID: "1", validUntil: Date().addingTimeInterval(3600),
            grantedBy: "user:anne", reason: "holiday", model: model)
        #expect(changed == .changed)

        func check(_ subject: String, _ context: PostgresJSON = "{}") async throws -> AccessDecision {
            try await database.checkAccess(
                subject, to: "viewer", resourceType: "document", resourceID: "1", context: context, model: model)
        }
        let allowed = try await check("user:anne")
        #expect(allowed.isAllowed && allowed.reasonCode == .relation && allowed.matched == ["document#viewer"] && allowed.deniedBy == nil)
        #expect(allowed.revision == 1 && allowed.snapshot.contains(":") && allowed.durationMS >= 0)
        let denied = try await check("user:bob")
        #expect(!denied.isAllowed && denied.reasonCode == .noRelation && denied.reason == "user:bob does not have viewer of document:1")

        try await database.defineAccessPolicy(
            AccessPolicy("internal", .deny, resourceType: "document", actions: ["viewer"], condition: "$.external == true"), model: model)
        let refused = try await check("user:anne", #"{"external": true}"#)
        #expect(refused.reasonCode == .denyPolicy && refused.deniedBy == "internal")
        #expect(try await check("user:anne", #"{"external": false}"#).isAllowed)
        #expect(try await check("user:anne").reasonCode == .policyError)
        #expect(try await check("user:anne", #"{"external": false, "scopes": []}"#).reasonCode == .scope)
        #expect(try await database.dropAccessPolicy("internal", model: model))
        #expect(try await !database.dropAccessPolicy("internal", model: model))
        try await database.defineAccessPolicy(AccessPolicy("all", .allow, resourceType: "document", actions: ["viewer"]), model: model)
        #expect(try await check("user:bob").reasonCode == .policy)

        #expect(
            try await database.requireAccess("user:anne", to: "owner", resourceType: "document", resourceID: "1", model: model)
                != allowed.decisionID)
        let forbidden = await #expect(throws: DomainFlowError.self) {
            try await database.requireAccess("user:bob", to: "owner", resourceType: "document", resourceID: "1", model: model)
        }
        #expect(forbidden?.code == .authForbidden && forbidden?.httpStatus == 403)
        #expect(try await database.deleteRelation("user:anne", "owner", resourceType: "document", resourceID: "1", model: model))
        #expect(try await !database.deleteRelation("user:anne", "owner", resourceType: "document", resourceID: "1", model: model))
    }

    @Test func factsOfTheCallCountForItOnly() async throws {
        try await define()
        let facts = [Relationship("group:eng#member", "viewer", "document:1"), Relationship("user:bob", "member", "group:eng")]
        #expect(try await has("user:bob", "viewer", "1", facts: facts))
        #expect(try await !has("user:bob", "viewer", "1"))
        let found = try await database.listResources("user:bob", to: "viewer", resourceType: "document", model: model, facts: facts)
        #expect(found.ids == ["1"] && found.isComplete && found.next == nil)
        let error = await #expect(throws: DomainFlowError.self) {
            try await has("user:bob", "viewer", "1", facts: [Relationship("user:bob", "nothing", "document:1")])
        }
        #expect(error?.code == .valSchemaViolation)
    }

    @Test func listsAreReadToTheirEnd() async throws {
        try await define()
        let ids = (0..<7).map { "d\($0)" }
        for id in ids { _ = try await grant("user:anne", "owner", "document", id) }
        _ = try await grant("user:anne", "blocked", "document", "d3")
        _ = try await grant("user:*", "viewer", "document", "d0")
        let left = ids.filter { $0 != "d3" }

        let first = try await database.listResources("user:anne", to: "viewer", resourceType: "document", limit: 4, model: model)
        #expect(first.ids == Array(left.prefix(4)) && !first.isComplete && first.next == "d4")
        for pageSize in [1, 2, 3, 6, 1000] {
            let list = database.allResources("user:anne", to: "viewer", resourceType: "document", pageSize: pageSize, model: model)
            #expect(try await list.reduce(into: []) { $0.append($1) } == left, "\(pageSize) a page")
        }
        let none = database.allResources("user:nobody", to: "owner", resourceType: "document", model: model)
        #expect(try await none.contains { _ in true } == false)
        let subjects = database.allSubjects(
            "user", withAccessTo: "viewer", resourceType: "document", resourceID: "d0", pageSize: 1, model: model)
        #expect(try await subjects.reduce(into: []) { $0.append($1) } == ["*", "anne"])
        let page = try await database.listSubjects("user", withAccessTo: "viewer", resourceType: "document", resourceID: "d1", model: model)
        #expect(page.ids == ["anne"] && page.isComplete)
    }

    @Test func explanationsAreTreesAndFacts() async throws {
        try await define()
        _ = try await grant("group:eng#member", "viewer", "document", "1")
        _ = try await grant("user:bob", "member", "group", "eng")
        _ = try await grant("user:eve", "blocked", "document", "1")
        let steps = try await database.explainAccess("user:bob", to: "viewer", resourceType: "document", resourceID: "1", model: model)
        #expect(steps.first == AccessStep(depth: 0, step: "document:1#viewer", verdict: .yes))
        #expect(steps.contains { $0.step == "fact: user:bob" && $0.verdict == .yes && $0.depth > 3 })
        let lacking = try await database.explainAccess("user:ann", to: "owner", resourceType: "document", resourceID: "1", model: model)
        let last = try #require(lacking.last)
        #expect(lacking.first?.verdict == .no && last.verdict == nil && last.step.contains("write_relation('user:ann', 'owner'"))
        let facts = try await database.expandAccess(to: "viewer", resourceType: "document", resourceID: "1", model: model)
        #expect(facts.map(\.subject) == ["user:eve", "group:eng#member", "user:bob"])
        #expect(facts.map(\.isTakenAway) == [true, false, false] && facts.map(\.steps) == [0, 0, 1] && facts[2].resource == "group:eng")
    }

    @Test func modelsAreRefusedWithTheirPlaceAndTheirFacts() async throws {
        try await define()
        _ = try await grant("user:anne", "owner", "document", "1")
        let unreadable = await #expect(throws: DomainFlowError.self) {
            try await database.defineAuthorizationModel(model, source: "model\n  schema 1.1\ntype user\ntype a\n  define b: [user")
        }
        #expect(unreadable?.code == .valInvalidArgument && unreadable?.detail?.hasPrefix("line: 5, column: ") == true)
        let smaller = "model schema 1.1 type user type document relations define viewer: [user]"
        let orphaning = await #expect(throws: DomainFlowError.self) {
            try await database.defineAuthorizationModel(model, source: smaller)
        }
        #expect(orphaning?.code == .bizInvariant && orphaning?.detail?.contains("document#owner@user") == true)
        #expect(try await database.defineAuthorizationModel(model, source: smaller, orphans: .ignore) == 2)
        #expect(try await database.defineAuthorizationModel(model, source: smaller) == 2)
    }

    @Test func batchesAnswerInTheirOrder() async throws {
        try await define()
        let facts = [Relationship("user:bob", "member", "group:eng"), Relationship("user:anne", "owner", "document:1")]
        #expect(try await database.writeRelations(facts, model: model) == [.created, .created])
        #expect(try await database.writeRelations(facts.reversed(), reason: "again", model: model) == [.changed, .changed])
        let requests = ["user:bob", "user:anne"].map { AccessRequest($0, to: "viewer", resourceType: "document", resourceID: "1") }
        let outcomes = try await database.checkAccesses(requests, model: model, forWrite: false)
        #expect(outcomes.map(\.isAllowed) == [false, true] && outcomes.map(\.reasonCode) == [.noRelation, .relation])
        let more = facts + [Relationship("user:zoe", "owner", "document:1")]
        #expect(try await database.deleteRelations(more, model: model) == [true, true, false])
    }

    @Test func changesAreLookedAtBefore() async throws {
        try await define()
        _ = try await grant("user:anne", "owner", "document", "1")
        _ = try await grant("user:bob", "owner", "document", "1")
        _ = try await database.checkAccess("user:anne", to: "viewer", resourceType: "document", resourceID: "1", model: model)
        let narrow = Self.source.replacing(" or owner", with: "")
        #expect(try await database.defineAuthorizationModel(model, source: narrow) == 2)
        let differences = try await database.diffAccess(1, 2, model: model)
        #expect(differences.map(\.subject) == ["user:anne", "user:bob"] && differences.allSatisfy { $0.wasAllowed && !$0.isAllowed })
        let open = AccessPolicy("p", .deny, resourceType: "document", actions: ["viewer"])
        let simulated = try await database.simulatePolicy(open, model: model)
        #expect(simulated.map(\.subject) == ["user:anne"] && simulated[0].wouldBe == .deny && simulated[0].decision == .allow)
        let unused = try await database.accessReview(since: Date().addingTimeInterval(60), model: model)
        #expect(unused.map(\.subject) == ["user:anne", "user:bob"] && unused[0].lastUsed != nil && unused[1].lastUsed == nil)
    }

    @Test func rolesAreKeptApart() async throws {
        try await define()
        try await database.forbidTogether("group:pay#member", "group:approve#member", model: model)
        _ = try await grant("user:anne", "member", "group", "pay")
        let both = await #expect(throws: DomainFlowError.self) { try await grant("user:anne", "member", "group", "approve") }
        #expect(both?.code == .bizInvariant)
        #expect(try await database.allowTogether("group:approve#member", "group:pay#member", model: model))
        #expect(try await grant("user:anne", "member", "group", "approve") == .created)
    }

    /// A reason that a later release adds is read as it is.
    @Test func reasonsMayBecomeMore() throws {
        let reason = AccessReason(rawValue: "elevated")
        #expect(reason != .relation)
        #expect(try PostgresJSON(encoding: [reason]).text == #"["elevated"]"#)
        #expect(try JSONDecoder().decode([AccessReason].self, from: Data(#"["scope"]"#.utf8)) == [.scope])
    }
}
