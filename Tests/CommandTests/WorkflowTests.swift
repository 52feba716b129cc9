import Foundation
import TestSupport
import Testing

/// A newcomer's way through the commands, in a private cluster of their own folder.
@Suite(.blocking) struct WorkflowTests {
    @Test func developmentDatabase() throws {
        let folder = try TemporaryFolder()
        defer {
            _ = try? Program.run("dev", "reset", "--yes", in: folder.url)
            folder.remove()
        }

        // No connection given: the first command that needs a server starts the private one.
        let up = try Program.run("migrate", "up", "--json", in: folder.url)
        #expect(up.status == 0, "\(up.error)")
        let applied = try json(up.output)
        #expect(!applied.isEmpty)

        let again = try Program.run("migrate", "up", in: folder.url)
        #expect(again.status == 0)
        #expect(try Program.run("migrate", "verify", in: folder.url).status == 0)

        let status = try Program.run("dev", "status", "--json", in: folder.url)
        #expect(status.status == 0)
        #expect(try json(status.output)["state"] as? String == "running")

        let version = try Program.run("dev", "psql", "-XAtc", "SELECT domainflow.version()", in: folder.url)
        let both = try Program.run("--version").output
        let sql = String(try #require(both.firstMatch(of: /\(SQL (.+)\)/)).1)
        // The steps of a release that is being made already answer with its version.
        #expect(sql.contains("unreleased") || sql == version.output.trimmingCharacters(in: .newlines))
        #expect(try json(Program.run("dev", "status", "--json", in: folder.url).output)["sql"] as? String == sql)
        let steps = try Program.run("migrate", "status", in: folder.url)
        #expect(steps.output.hasPrefix("Program ") && steps.output.contains(" carries SQL \(sql); installed here: \(sql)\n"))

        #expect(try Program.run("dev", "stop", in: folder.url).status == 0)
        #expect(try Program.run("dev", "status", in: folder.url).status == 1)
    }

    @Test func ownSteps() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("CREATE TABLE fruit (name text);\n", to: "migrations/0001_fruit.sql")
        try folder.write("INSERT INTO fruit VALUES ('pear');\nSELECT 1 / 0;\n", to: "migrations/0002_seed.sql")
        let url = ["--dir", folder.url.path, "--database-url", try await TestServer.shared.database()]

        let failed = try Program.run(arguments: ["migrate", "up"] + url)
        #expect(failed.status == 3)
        #expect(failed.error.contains("0002_seed.sql:2") && failed.error.contains("22012"), "\(failed.error)")

        // What was applied stays, what failed left nothing behind.
        #expect(try Program.run(arguments: ["migrate", "status", "--check"] + url).status == 1)
        try folder.write("INSERT INTO fruit VALUES ('pear');\n", to: "migrations/0002_seed.sql")
        let mended = try Program.run(arguments: ["migrate", "up"] + url)
        #expect(mended.status == 0, "\(mended.error)")
        #expect(try Program.run(arguments: ["migrate", "status", "--check"] + url).status == 0)
    }

    @Test func raceFindsAMutant() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let run = ["race", "run", "entity/lost_update", "--seconds", "1", "--seed", "1", "--json", "--database-url", url]

        let held = try Program.run(arguments: run, in: folder.url)
        #expect(held.status == 0, "\(held.error)")
        #expect(try json(held.output)["violations"] as? Int == 0)

        let mutant = try Program.run(arguments: run + ["--mutant", "the version is not compared"], in: folder.url)
        #expect(mutant.status == 1, "\(mutant.error)")
        #expect(try #require(json(mutant.output)["violations"] as? Int) > 0)
    }

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}
