import DomainFlow
import Foundation
import PQClient
import TestSupport
import Testing

/// Models, checks, lists and explanations from the command line.
@Suite(.blocking) struct AuthzCommandTests {
    private let folder: TemporaryFolder
    private let url: String

    init() async throws {
        folder = try TemporaryFolder()
        url = try await TestServer.shared.migratedDatabase()
    }

    private func run(_ arguments: String..., in database: String? = nil) throws -> Program.Outcome {
        try Program.run(arguments: ["authz"] + arguments + ["--database-url", database ?? url], in: folder.url)
    }

    private static let shop = """
        # A small shop.
        model
          schema 1.1
        type user
        type group
          relations
            define member: [user]
        type document
          relations
            define owner: [user]
            define viewer: [user, group#member] or owner

        """

    /// The shop with two facts: bob views document 1 through a group, and anne owns it.
    private func shop(facts: Bool = true) async throws {
        try folder.write(Self.shop, to: "shop.fga")
        let applied = try run("apply", "shop.fga")
        #expect(applied.status == 0, "\(applied.error)")
        guard facts else { return }
        let connection = try await PostgresConnection.connect(url)
        let database = DomainFlowClient(connection)
        try await database.writeRelation("user:bob", "member", resourceType: "group", resourceID: "eng")
        try await database.writeRelation("group:eng#member", "viewer", resourceType: "document", resourceID: "1")
        try await database.writeRelation("user:anne", "owner", resourceType: "document", resourceID: "1")
        await connection.close()
    }

    private func json<T>(_ text: String, as type: T.Type = [String: Any].self) throws -> T {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? T)
    }

    @Test func aModelIsAppliedShownAndApplied() async throws {
        defer { folder.remove() }
        #expect(try run("show").output.contains("no authorization models yet"))
        #expect(try run("show", "--json").output == "[\n\n]\n")
        try folder.write(Self.shop, to: "shop.fga")
        let tried = try run("apply", "shop.fga", "--dry-run")
        #expect(tried.status == 0 && tried.output.hasSuffix("this would be revision 1 of model default\n"), "\(tried.error)")
        let first = try run("apply", "shop.fga")
        #expect(
            first.output == """
                + user
                + group
                + group#member: [user]
                + document
                + document#owner: [user]
                + document#viewer: [user, group#member] or owner
                revision 1 of model default decides now

                """)
        #expect(first.status == 0 && first.error.isEmpty, "\(first.error)")
        #expect(try run("apply", "shop.fga").output == "model default is unchanged: revision 1\n")

        let changed = Self.shop.replacing("or owner", with: "or editor").replacing("define owner", with: "define editor")
        try folder.write(changed.replacing("\n", with: "\r\n"), to: "changed.fga")
        let second = try run("apply", "changed.fga", "--json")
        let report = try json(second.output)
        #expect(report["revision"] as? Int == 2 && report["model"] as? String == "default")
        let changes = try #require(report["changes"] as? [[String: String]])
        #expect(changes.map { $0["kind"] } == ["added", "changed", "removed"])
        #expect(changes[1]["before"] == "[user, group#member] or owner" && changes[1]["after"] == "[user, group#member] or editor")

        #expect(try run("apply", "shop.fga", "--model", "other").output.hasSuffix("revision 1 of model other decides now\n"))
        let models = try run("show")
        #expect(models.output.contains("default") && models.output.contains("other"), "\(models.output)")
        let revisions = try json(run("show", "default", "--json").output)
        #expect((revisions["revisions"] as? [[String: Any]])?.map { $0["revision"] as? Int } == [2, 1])
        #expect(try run("show", "default").output.contains("no policies"))
        #expect(try run("show", "default", "--revision", "1").output == Self.shop)
        #expect(try run("show", "other", "--text").output == Self.shop)
        #expect(try run("show", "default", "--revision", "9").status == 1)
        #expect(try run("show", "nothing").status == 1)
        #expect(try run("show", "--text").status == 64)
    }

    @Test func aMistakeIsShownInItsLine() throws {
        defer { folder.remove() }
        let text = Self.shop.replacing("[user, group#member] or owner", with: "[user] or owner and viewer")
        try folder.write(text, to: "wrong.fga")
        let wrong = try run("apply", "wrong.fga")
        #expect(wrong.status == 2 && wrong.output.isEmpty)
        #expect(
            wrong.error.hasPrefix(
                """
                error: wrong.fga:11:36: "and" after "or" without parentheses
                  11 |     define viewer: [user] or owner and viewer
                     |                                    ^
                  hint: 
                """), "\(wrong.error)")
        let answer = try json(run("apply", "wrong.fga", "--json").output)
        let problem = try #require(answer["error"] as? [String: Any])
        #expect(problem["line"] as? Int == 11 && problem["column"] as? Int == 36 && problem["file"] as? String == "wrong.fga")

        // Columns are counted in characters and shown in columns of the terminal; tabs are seen, and a missing end has an empty line.
        try folder.write("model\n  schema 1.1\ntype user\ntype a\n\tdefine \u{65E5}: [user]\n", to: "wide.fga")
        let wide = try run("apply", "wide.fga")
        #expect(wide.error.contains("wide.fga:5:9: ") && wide.error.contains("\n    |          ^\n"), "\(wide.error)")
        try folder.write("model\n  schema 1.1\ntype user\ntype a\n  define b:\n", to: "short.fga")
        #expect(try run("apply", "short.fga").error.contains("short.fga:6:1: "))

        let missing = try run("apply", "nothing.fga")
        #expect(missing.status == 2 && missing.error.contains("cannot read nothing.fga"))
        try Data([0xFF, 0xFE]).write(to: folder.url.appendingPathComponent("bytes.fga"))
        #expect(try run("apply", "bytes.fga").status == 2)
    }

    @Test func factsThatWouldNotCountAreAskedAbout() async throws {
        defer { folder.remove() }
        try await shop()
        let smaller = Self.shop.replacing("    define owner: [user]\n", with: "").replacing(" or owner", with: "")
        try folder.write(smaller, to: "smaller.fga")
        let kind = "document#owner@user"

        let silent = try run("apply", "smaller.fga")
        #expect(silent.status == 2 && silent.error.contains(kind) && silent.error.contains("pass --orphans ignore"), "\(silent.error)")
        #expect(silent.output.contains("- document#owner: [user]"))
        let tried = try run("apply", "smaller.fga", "--dry-run")
        #expect(tried.status == 1 && tried.output.contains("facts that would not count any more: \(kind)"), "\(tried.output)\(tried.error)")
        let refused = try run("apply", "smaller.fga", "--orphans", "refuse")
        #expect(refused.status == 3 && refused.error.contains("DF706"), "\(refused.error)")
        #expect(try run("apply", "smaller.fga", "--orphans", "perhaps").status == 64)

        func answered(_ text: String) throws -> Terminal.Outcome {
            try Terminal.run(
                ["authz", "apply", "smaller.fga", "--database-url", url], columns: 120, in: folder.url,
                environment: ["NO_COLOR": ""], typing: [.init(sight: "[y/N]", text: text)])
        }
        let no = try answered("n\n")
        #expect(no.status == 130 && no.screen.last == "interrupted: nothing was changed", "\(no.printed)")
        #expect(try json(run("show", "--json").output, as: [[String: Any]].self).first?["revision"] as? Int == 1)
        let yes = try answered("y\n")
        #expect(yes.status == 0 && yes.screen.last == "revision 2 of model default decides now", "\(yes.printed)")
        #expect(yes.printed.contains("\u{1B}[31m- document#owner: [user]\u{1B}[0m"), "\(yes.printed)")

        // They count again once a revision admits them.
        #expect(try run("check", "user:anne", "viewer", "document:1").status == 1)
        #expect(try run("apply", "shop.fga").status == 0)
        #expect(try run("check", "user:anne", "viewer", "document:1").status == 0)
        #expect(try run("apply", "smaller.fga", "--orphans", "ignore").status == 0)
    }

    @Test func aCheckIsItsExitCode() async throws {
        defer { folder.remove() }
        try await shop()
        let allowed = try run("check", "user:bob", "viewer", "document:1")
        #expect(
            allowed.status == 0
                && allowed.output.hasPrefix("allowed: user:bob has viewer of document:1\n  relation; revision 1 of model default;"))
        let denied = try run("check", "user:eve", "viewer", "document:1")
        #expect(denied.status == 1 && denied.output.hasPrefix("denied: user:eve does not have viewer of document:1\n  no_relation;"))
        let answer = try json(run("check", "user:eve", "viewer", "document:1", "--json").output)
        #expect(answer["isAllowed"] as? Bool == false && answer["reasonCode"] as? String == "no_relation")

        let connection = try await PostgresConnection.connect(url)
        try await DomainFlowClient(connection).defineAccessPolicy(
            AccessPolicy("small", .deny, resourceType: "document", actions: ["viewer"], condition: "$.amount > 100"))
        #expect(try await DomainFlowClient(connection).authorizationDecisions(userID: "user:eve").count == 2)
        await connection.close()
        #expect(try run("check", "user:bob", "viewer", "document:1", "--context", #"{"amount": 7}"#).status == 0)
        let large = try run("check", "user:bob", "viewer", "document:1", "--context", #"{"amount": 700}"#)
        #expect(large.status == 1 && large.output.contains("deny_policy"))
        let policies = try run("show", "default")
        #expect(policies.output.contains("small") && policies.output.contains("$.\"amount\" > 100"), "\(policies.output)")

        // Lists follow the policies too.
        let list = ["authz", "list", "resources", "user:bob", "viewer", "document", "--database-url", url]
        #expect(try Program.run(arguments: list).output.isEmpty)
        #expect(try Program.run(arguments: list + ["--context", #"{"amount": 7}"#]).output == "document:1\n")

        #expect(try run("check", "user:bob", "viewer", "document:1", "--context", "[]").status == 64)
        #expect(try run("check", "user:bob", "viewer", "document").status == 64)
        #expect(try run("check", "bob", "viewer", "document:1").status == 2)
        #expect(try run("check", "user:bob", "nothing", "document:1").status == 2)
        #expect(try run("check", "user:bob", "viewer", "document:1", "--model", "nothing").status == 3)
    }

    @Test func anExplanationIsATree() async throws {
        defer { folder.remove() }
        try await shop()
        let bob = try run("explain", "user:bob", "viewer", "document:1")
        #expect(
            bob.output == """
                document:1#viewer: yes
                └─ one of: yes
                   ├─ facts viewer of document:1: yes
                   │  └─ group:eng#member: yes
                   │     └─ facts member of group:eng: yes
                   │        └─ fact: user:bob: yes
                   └─ document:1#owner: no
                      └─ facts owner of document:1: no

                """, "\(bob.output)\(bob.error)")
        let eve = try run("explain", "user:eve", "owner", "document:1")
        #expect(eve.status == 0)
        #expect(eve.output.hasSuffix("would be allowed by: write_relation('user:eve', 'owner', 'document', '1')\n"), "\(eve.output)")
        let steps = try json(run("explain", "user:eve", "owner", "document:1", "--json").output, as: [[String: Any]].self)
        #expect(steps.first?["verdict"] as? String == "no" && steps.first?["depth"] as? Int == 0)
        let terminal = try Terminal.run(
            ["authz", "explain", "user:bob", "viewer", "document:1", "--database-url", url], columns: 100, in: folder.url,
            environment: ["NO_COLOR": ""])
        #expect(terminal.printed.contains("\u{1B}[32myes\u{1B}[0m") && terminal.printed.contains("\u{1B}[31mno\u{1B}[0m"))
        let plain = try Terminal.run(
            ["authz", "explain", "user:bob", "viewer", "document:1", "--database-url", url], columns: 100, in: folder.url,
            environment: ["NO_COLOR": "1"])
        #expect(!plain.printed.contains("\u{1B}["), "\(plain.printed)")
    }

    @Test func listsArePrintedALineEach() async throws {
        defer { folder.remove() }
        try await shop()
        let connection = try await PostgresConnection.connect(url)
        for id in 2...5 {
            try await DomainFlowClient(connection).writeRelation("user:bob", "viewer", resourceType: "document", resourceID: "\(id)")
        }
        await connection.close()
        #expect(try run("list", "resources", "user:bob", "viewer", "document").output == (1...5).map { "document:\($0)\n" }.joined())
        let two = try run("list", "resources", "user:bob", "viewer", "document", "--limit", "2")
        #expect(two.output == "document:1\ndocument:2\n" && two.error.contains("there are more"))
        let all = try run("list", "resources", "user:bob", "viewer", "document", "--limit", "5")
        #expect(all.output.hasSuffix("document:5\n") && all.error.isEmpty)
        let answer = try json(run("list", "resources", "user:bob", "viewer", "document", "--limit", "2", "--json").output)
        #expect(answer["ids"] as? [String] == ["document:1", "document:2"] && answer["complete"] as? Bool == false)
        #expect(try run("list", "subjects", "document:1", "viewer", "user").output == "user:anne\nuser:bob\n")
        #expect(try run("list", "subjects", "document:1", "viewer", "group#member").output == "group:eng#member\n")
        let none = try json(run("list", "subjects", "document:9", "owner", "user", "--json").output)
        #expect((none["ids"] as? [String])?.isEmpty == true && none["complete"] as? Bool == true)
        #expect(try run("list", "resources", "user:bob", "viewer", "document", "--limit", "0").status == 64)
        #expect(try run("list", "subjects", "document:1", "viewer", "nothing").status == 3)
    }

    /// Each command says which role it lacks.
    @Test func rolesBoundWhatACommandDoes() async throws {
        defer { folder.remove() }
        try await shop(facts: false)
        let connection = try await PostgresConnection.connect(url)
        var roles: [String: String] = [:]
        for role in ["domainflow_app", "domainflow_owner", "domainflow_auditor"] {
            let name = "authz_\(UInt32.random(in: .min ... .max))"
            try await connection.execute("CREATE ROLE \(name) LOGIN IN ROLE \(role)")
            roles[role] = url.replacing(/user=[^&]*/, with: "user=\(name)")
        }
        await connection.close()
        let (app, owner, auditor) = (roles["domainflow_app"]!, roles["domainflow_owner"]!, roles["domainflow_auditor"]!)
        #expect(try run("check", "user:bob", "viewer", "document:1", in: app).status == 1)
        for arguments in [["explain", "user:bob", "viewer", "document:1"], ["show"], ["apply", "shop.fga", "--model", "mine"]] {
            let refused = try Program.run(arguments: ["authz"] + arguments + ["--database-url", app], in: folder.url)
            #expect(refused.status == 3 && refused.error.contains("domainflow"), "\(arguments): \(refused.error)")
        }
        #expect(try run("explain", "user:bob", "viewer", "document:1", in: auditor).status == 0)
        #expect(try run("show", in: auditor).output.contains("default"))
        let deployed = try run("apply", "shop.fga", "--model", "deployed", in: owner)
        #expect(deployed.status == 0 && deployed.output.hasSuffix("revision 1 of model deployed decides now\n"), "\(deployed.error)")
    }
}
