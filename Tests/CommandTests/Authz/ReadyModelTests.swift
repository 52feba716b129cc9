import DomainFlow
import Foundation
import PQClient
import TestSupport
import Testing

/// The models of docs/models do what their comments say.
@Suite(.blocking) struct ReadyModelTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../docs/models").standardizedFileURL

    struct Model: Sendable, CustomTestStringConvertible {
        var name: String
        /// `subject relation type:id`, as the first three of a check; those with a minus are deleted.
        var facts: [String]
        var allowed, denied: [String]
        /// Facts that change it, and what is denied from then on.
        var change: [String]
        var deniedAfter: [String]
        var testDescription: String { name }
    }

    static let models = [
        Model(
            name: "role-based",
            facts: [
                "user:anne assignee role:editor", "user:carl assignee role:chief", "role:chief#assignee assignee role:editor",
                "role:editor#assignee can_edit application:shop", "role:chief#assignee can_administer application:shop",
                "application:shop application document:7", "user:dan assignee role:guest", "role:guest#assignee can_read document:7",
            ],
            allowed: [
                "user:anne can_read document:7", "user:anne can_edit document:7", "user:carl can_edit document:7",
                "user:carl can_delete document:7", "user:dan can_read document:7", "role:editor#assignee can_edit document:7",
            ],
            denied: [
                "user:anne can_delete document:7", "user:dan can_edit document:7", "user:eve can_read document:7",
                "user:anne can_read document:8", "user:anne can_administer application:shop",
            ],
            change: ["-user:anne assignee role:editor"], deniedAfter: ["user:anne can_read document:7"]),
        Model(
            name: "owner-based",
            facts: [
                "user:anne owner document:7", "user:bob editor document:7", "user:* reader document:8", "folder:plans folder document:7",
                "folder:all parent folder:plans", "user:finn reader folder:all", "user:olga owner folder:plans",
            ],
            allowed: [
                "user:anne can_read document:7", "user:anne can_share document:7", "user:anne can_delete document:7",
                "user:bob can_edit document:7", "user:zoe can_read document:8", "user:finn can_read document:7",
                "user:olga can_edit document:7", "user:olga can_delete document:7",
            ],
            denied: [
                "user:bob can_share document:7", "user:bob can_delete document:7", "user:zoe can_read document:7",
                "user:zoe can_edit document:8", "user:finn can_edit document:7", "user:olga can_share document:7",
            ],
            change: ["-folder:plans folder document:7"],
            deniedAfter: ["user:finn can_read document:7", "user:olga can_delete document:7"]),
        Model(
            name: "tenant-based",
            facts: [
                "user:anne admin tenant:acme", "user:bob member tenant:acme", "user:rita member tenant:acme",
                "tenant:acme tenant project:rocket", "user:bob editor project:rocket", "user:rita reader project:rocket",
                "user:eve editor project:rocket", "user:mallory admin tenant:evil",
            ],
            allowed: [
                "user:anne can_administer project:rocket", "user:anne can_edit project:rocket", "user:bob can_edit project:rocket",
                "user:bob can_read project:rocket", "user:rita can_read project:rocket",
            ],
            denied: [
                "user:eve can_edit project:rocket", "user:eve can_read project:rocket", "user:mallory can_read project:rocket",
                "user:rita can_edit project:rocket", "user:bob can_administer project:rocket",
            ],
            change: ["user:bob suspended tenant:acme", "user:anne suspended tenant:acme", "-user:rita member tenant:acme"],
            deniedAfter: [
                "user:bob can_read project:rocket", "user:anne can_administer project:rocket", "user:rita can_read project:rocket",
            ]),
    ]

    /// Subject, relation, type and id.
    private static func parts(_ text: String) throws -> (subject: String, relation: String, type: String, id: String) {
        let words = text.split(separator: " ").map(String.init)
        let resource = try #require(words.last).split(separator: ":").map(String.init)
        return (words[0], words[1], resource[0], resource[1])
    }

    @Test(arguments: models) func theModelDoesWhatItSays(model: Model) async throws {
        let url = try await TestServer.shared.migratedDatabase()
        let applied = try Program.run(
            "authz", "apply", Self.folder.appendingPathComponent("\(model.name).fga").path, "--model", model.name, "--database-url", url)
        #expect(applied.status == 0, "\(applied.error)")
        let connection = try await PostgresConnection.connect(url)
        let database = DomainFlowClient(connection)
        func write(_ facts: [String]) async throws {
            for fact in facts {
                let isDeleted = fact.hasPrefix("-")
                let (subject, relation, type, id) = try Self.parts(isDeleted ? String(fact.dropFirst()) : fact)
                if isDeleted {
                    let deleted = try await database.deleteRelation(
                        subject, relation, resourceType: type, resourceID: id, model: model.name)
                    #expect(deleted, "\(fact)")
                } else {
                    let change = try await database.writeRelation(
                        subject, relation, resourceType: type, resourceID: id, model: model.name)
                    #expect(change == .created, "\(fact)")
                }
            }
        }
        func expect(_ checks: [String], _ expected: Bool) async throws {
            for check in checks {
                let (subject, action, type, id) = try Self.parts(check)
                let found = try await database.hasAccess(subject, to: action, resourceType: type, resourceID: id, model: model.name)
                #expect(found == expected, "\(check)")
            }
        }
        try await write(model.facts)
        try await expect(model.allowed, true)
        try await expect(model.denied, false)
        try await write(model.change)
        try await expect(model.deniedAfter, false)
        await connection.close()
    }

    /// A file beside them has to be tested as well.
    @Test func everyModelOfTheFolderIsTested() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".fga") }
        #expect(Set(files) == Set(Self.models.map { $0.name + ".fga" }))
    }
}
