import Foundation
import TestSupport
import Testing

/// `race init` and `race show` from the command line; what is drafted is tested with the lab.
@Suite(.blocking) struct RaceInitTests {
    @Test func writesAFileOnceAndItRuns() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            """
            CREATE TABLE stock (id int PRIMARY KEY, n int NOT NULL);
            CREATE FUNCTION take(p_id int) RETURNS int LANGUAGE sql AS $$ UPDATE stock SET n = n - 1 WHERE id = p_id RETURNING n $$;
            CREATE FUNCTION peek(p_id int) RETURNS int LANGUAGE sql AS $$ SELECT n FROM stock WHERE id = p_id $$;
            """, to: "migrations/0001_stock.sql")
        let url = ["--database-url", try await TestServer.shared.database()]
        let up = try Program.run(arguments: ["migrate", "up", "--dir", folder.url.path] + url)
        #expect(up.status == 0, "\(up.error)")
        func initialize(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(arguments: ["race", "init"] + arguments + url, in: folder.url)
        }

        let printed = try initialize("take")
        #expect(printed.status == 0 && printed.output.hasPrefix("# public.take(integer)") && printed.error.isEmpty, "\(printed.error)")
        let written = try initialize("take(int)", "--output", "take.spec")
        #expect(written.status == 0 && written.output.isEmpty && written.error.contains("take.spec: public.take(integer) on public.stock"))
        #expect(try folder.text("take.spec") == printed.output)
        let again = try initialize("take", "--output", "take.spec")
        #expect(again.status == 2 && again.error.contains("take.spec already exists"))
        let nowhere = try initialize("take", "--output", "no/such/take.spec")
        #expect(nowhere.status == 2 && nowhere.error.contains("cannot write no/such/take.spec: there is no folder "), "\(nowhere.error)")
        let idle = try initialize("peek")
        #expect(
            idle.status == 0 && idle.output.contains("\n# No row is changed by the calls below")
                && idle.error.contains("No row is changed"),
            "\(idle.output)\(idle.error)")
        #expect(try initialize("peek", "--no-try").error.isEmpty)
        let unknown = try initialize("tak")
        #expect(unknown.status == 2 && unknown.error.contains("similar: public.take"), "\(unknown.error)")
        #expect(try initialize().status == 64)

        let ran = try Program.run(arguments: ["race", "run", "take.spec", "--seconds", "0.3"] + url, in: folder.url)
        #expect(ran.status == 0, "\(ran.output)\(ran.error)")
        let explored = try Program.run(arguments: ["race", "explore", "take.spec"] + url, in: folder.url)
        #expect(explored.status == 0 && explored.output.contains("no promise was broken"), "\(explored.output)\(explored.error)")
    }

    @Test func showsTextAndParts() throws {
        let text = try Program.run("race", "show", "lost_update.spec")
        #expect(text.status == 2 && text.error.contains("there is no scenario"), "\(text.error)")
        let shown = try Program.run("race", "show", "job/fencing")
        #expect(shown.status == 0 && shown.output.hasPrefix("# A worker that lost its job") && shown.output.contains("mutant \"one token"))
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // What is printed is the scenario: it reads as the same parts.
        try folder.write(shown.output, to: "fencing.spec")
        func parts(_ name: String) throws -> [String: Any] {
            let json = try Program.run("race", "show", name, "--json", in: folder.url)
            #expect(json.status == 0, "\(json.error)")
            return try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        }
        var (mine, embedded) = (try parts("fencing.spec"), try parts("job/fencing"))
        #expect(mine["name"] as? String == "fencing" && embedded["name"] as? String == "job/fencing")
        for key in ["name", "file"] {
            mine[key] = nil
            embedded[key] = nil
        }
        #expect(NSDictionary(dictionary: mine) == NSDictionary(dictionary: embedded))
        let mutants = try #require(embedded["mutants"] as? [[String: Any]])
        #expect(mutants.count == 7 && mutants[0]["functions"] as? [String] == ["domainflow.complete_job"])
        let orders = try parts("entity/update_orders")
        #expect((orders["sessions"] as? [[String: Any]])?.count == 3)
        #expect((orders["expectations"] as? [String: Any])?["serial"] as? Bool == true)
    }
}
