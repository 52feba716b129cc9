import Foundation
import PQClient
import TestSupport
import Testing

/// The race from the command line, on scenarios of a user's own.
@Suite(.blocking) struct RaceCommandTests {
    private static let naive = """
        # A user's own function that loses updates.
        connections 6
        setup {
            CREATE TABLE public.stock (n int NOT NULL);
            INSERT INTO public.stock VALUES (0);
            CREATE FUNCTION public.take() RETURNS int LANGUAGE plpgsql AS $$
            DECLARE v int;
            BEGIN
                SELECT n INTO v FROM public.stock;
                PERFORM pg_sleep(0.001);
                UPDATE public.stock SET n = v + 1;
                RETURN v;
            END $$;
        }
        operation take { SELECT public.take() AS taken }
        invariant "nothing is taken twice" { SELECT result->0->>'taken' FROM race.history GROUP BY 1 HAVING count(*) > 1 }
        mutant "harmless" in public.take replace 'RETURN v;' with 'RETURN v + 0;'
        """

    @Test func listShowsWhatThereIs() throws {
        let list = try Program.run("race", "list")
        #expect(list.status == 0 && list.output.contains("job/claim") && list.output.contains("example/lost_update"))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(try Program.run("race", "list", "--json").output.utf8)) as? [[String: Any]])
        let own = json.filter { ($0["name"] as? String)?.hasPrefix("example/") == false }
        #expect(own.count >= 10 && own.count < json.count && own.allSatisfy { ($0["mutants"] as? [String])?.isEmpty == false })
    }

    @Test func missingRightsAreNamed() async throws {
        let url = try await TestServer.shared.url()
        let connection = try await PostgresConnection.connect(url)
        try await connection.execute("CREATE ROLE race_guest LOGIN")
        await connection.close()
        let run = try Program.run("race", "run", "job/claim", "--database-url", url.replacing(/user=[^&]*/, with: "user=race_guest"))
        #expect(run.status == 3 && run.error.contains("hint: ") && run.error.contains("ALTER ROLE race_guest CREATEDB"), "\(run.error)")
    }

    @Test func ownScenarios() async throws {
        let server = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.naive, to: "naive.spec")
        try folder.write(
            Self.naive.replacingOccurrences(
                of: "SELECT n INTO v FROM public.stock;", with: "SELECT n INTO v FROM public.stock FOR UPDATE;"),
            to: "locked.spec")
        let url = ["--seconds", "0.5", "--database-url", server]

        let found = try Program.run(arguments: ["race", "run", "naive.spec"] + url, in: folder.url)
        #expect(found.status == 1 && found.output.contains("DID NOT HOLD: nothing is taken twice"), "\(found.output)\(found.error)")
        let both = try Program.run(
            arguments: ["race", "run", "locked.spec", "naive.spec", "--connections", "4", "--seed", "7"] + url, in: folder.url)
        #expect(both.status == 1 && both.output.contains("1 of 2 scenarios did not hold"), "\(both.output)\(both.error)")
        #expect(
            try String(contentsOf: folder.url.appendingPathComponent(".domainflow/race/locked-7.jsonl"), encoding: .utf8).contains(
                "\"op\":\"take\""))

        // A mutant that changes nothing survives, and that is a failure.
        let survived = try Program.run(arguments: ["race", "mutate", "locked.spec"] + url, in: folder.url)
        #expect(survived.status == 1 && survived.output.contains("SURVIVED") && survived.output.contains("0 of 1 mutants killed"))
        try folder.write(Self.naive.replacingOccurrences(of: "replace 'RETURN v;'", with: "replace 'gone'"), to: "stale.spec")
        let stale = try Program.run(arguments: ["race", "mutate", "stale.spec"] + url, in: folder.url)
        #expect(stale.status == 2 && stale.error.contains("no longer contains 'gone'"), "\(stale.error)")
        let killed = try Program.run(arguments: ["race", "mutate", "naive.spec", "--json"] + url, in: folder.url)
        #expect(killed.status == 0 && killed.output.contains("\"outcome\":\"killed\""), "\(killed.output)\(killed.error)")
        #expect(killed.output.contains("\"mode\":\"hammer\"") && killed.output.contains("\"rounds\":1"))

        let unknown = try Program.run(arguments: ["race", "run", "naive.spec", "--mutant", "none"] + url, in: folder.url)
        #expect(unknown.status == 64 && unknown.error.contains("'harmless'"))
        try folder.write("operation x {\n  SELECT :nope\n}", to: "broken.spec")
        let broken = try Program.run(arguments: ["race", "run", "broken.spec"] + url, in: folder.url)
        #expect(broken.status == 2 && broken.error.contains("broken.spec:2:11"), "\(broken.error)")
        try folder.write(Self.naive.replacingOccurrences(of: "result->0", with: "nonsense->0"), to: "wrong.spec")
        let wrong = try Program.run(arguments: ["race", "run", "wrong.spec"] + url, in: folder.url)
        #expect(wrong.status == 2 && wrong.error.contains("nothing is taken twice"), "\(wrong.error)")
        for (name, why) in [
            ("job/clam", "error: there is no scenario 'job/clam'; did you mean job/claim? `race list` names all"),
            ("fencin", "; did you mean job/fencing"),
            ("nothing/like/it", "'nothing/like/it'; `race list` names all"), ("other.spec", "'other.spec' and no such file"),
            ("naive.txt", "error: naive.txt is not taken for a scenario: the names of scenario files end in .spec"),
            ("job/claim_orders", "job/claim_orders has sessions and no operations to call: `race explore` explores it"),
        ] {
            try folder.write(Self.naive, to: "naive.txt")
            let refused = try Program.run(arguments: ["race", "run", name] + url, in: folder.url)
            #expect(refused.status == 2 && refused.error.contains(why), "\(refused.error)")
        }
        try folder.write("operation nothing { SELECT 1 }\ninvariant none { SELECT 1 WHERE false }", to: "empty.spec")
        let empty = try Program.run(arguments: ["race", "run", "empty.spec"] + url, in: folder.url)
        #expect(empty.status == 1 && empty.output.contains("  NO VERDICT: no operation changed a row"), "\(empty.output)")
        let negative = try Program.run(arguments: ["race", "run", "naive.spec", "--seconds", "-1"])
        #expect(negative.status == 64 && negative.error.contains("--seconds must be more than 0"), "\(negative.error)")
        for arguments in [
            ["race", "run"], ["race", "run", "--all", "naive.spec"], ["race", "run", "a", "--seconds", "0"],
            ["race", "mutate", "--connections", "0"],
        ] {
            #expect(try Program.run(arguments: arguments).status == 64, "\(arguments)")
        }
    }
}
