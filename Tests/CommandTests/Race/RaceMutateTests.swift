import Foundation
import TestSupport
import Testing

/// `race mutate` fails when a mutant survives and when a harmless change is flagged; JUnit files say the same as the exit code.
@Suite(.blocking) struct RaceMutateTests {
    private static let locked = """
        # A function that loses nothing.
        connections 6
        setup {
            CREATE TABLE public.stock (n int NOT NULL);
            INSERT INTO public.stock VALUES (0);
            CREATE FUNCTION public.take() RETURNS int LANGUAGE plpgsql AS $$
            DECLARE v int;
            BEGIN
                SELECT n INTO v FROM public.stock FOR UPDATE;
                PERFORM pg_sleep(0.001);
                UPDATE public.stock SET n = v + 1;
                RETURN v;
            END $$;
        }
        operation take { SELECT public.take() AS taken }
        invariant "nothing is taken twice" { SELECT result->0->>'taken' FROM race.history GROUP BY 1 HAVING count(*) > 1 }

        """
    private static let noLock = "mutant \"no lock\" in public.take replace 'FOR UPDATE' with ''\n"
    private static let weaker = "harmless \"a weaker lock\" in public.take replace 'FOR UPDATE' with 'FOR NO KEY UPDATE'\n"
    private static let stale = "mutant \"<stale>\" in public.take replace 'gone' with ''\n"
    private static let broken = "mutant \"no function\" in public.take replace 'DECLARE v int;' with ''\n"
    private static let script = "harmless \"no table\" { DROP TABLE public.nothing }\n"

    @Test func survivorsAndFalseAlarmsFail() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func mutate(_ changes: String, _ options: String...) throws -> Program.Outcome {
            try folder.write(Self.locked + changes, to: "own.spec")
            return try Program.run(
                arguments: [
                    "race", "mutate", "own.spec", "--seconds", "0.5", "--harmless-seconds", "0.5", "--junit", "out.xml", "--database-url",
                    url,
                ] + options, in: folder.url)
        }
        func junit() throws -> String { try folder.text("out.xml") }

        let good = try mutate(Self.noLock + Self.weaker)
        #expect(
            good.status == 0
                && good.output.contains("1 of 1 mutants killed (1 by hammering, 0 by exploring), 1 of 1 harmless changes clean"))
        #expect(try junit().contains("<testsuite name=\"domainflow race mutate\" tests=\"2\" failures=\"0\" errors=\"0\""))
        #expect(good.error.isEmpty, "no progress where standard error is no terminal: \(good.error)")

        let flagged = try mutate(Self.noLock + Self.noLock.replacing("mutant \"no lock\"", with: "harmless \"none\""))
        #expect(flagged.status == 1 && flagged.output.contains("FLAGGED") && flagged.output.contains("0 of 1 harmless changes clean"))
        #expect(try junit().contains("failures=\"1\"") && junit().contains("the harmless change was flagged"))

        let survived = try mutate(Self.weaker.replacing("harmless", with: "mutant"), "--json")
        #expect(survived.status == 1 && survived.output.contains("\"outcome\":\"survived\""), "\(survived.output)\(survived.error)")
        #expect(try junit().contains("the mutant survived"))

        // What does not fit is named, and the others are tried all the same.
        let stale = try mutate(Self.stale + Self.broken + Self.script + Self.noLock)
        #expect(stale.status == 2 && stale.output.contains("1 of 3 mutants killed") && stale.output.contains("3 stale"))
        #expect(stale.error.contains("'<stale>': public.take no longer contains 'gone'"), "\(stale.error)")
        #expect(stale.error.contains("'no function'") && stale.error.contains("'no table': its script failed"), "\(stale.error)")
        #expect(try junit().contains("errors=\"3\"") && junit().contains("name=\"&lt;stale&gt;\""))

        let none = try mutate("")
        #expect(none.status == 2 && none.error.contains("there is no mutant in own"), "\(none.error)")
        let unwritable = try mutate(Self.noLock, "--junit", "no/such/out.xml")
        #expect(unwritable.status == 2 && unwritable.error.contains("cannot write no/such/out.xml"), "\(unwritable.error)")
    }

    @Test func runAndExploreWriteJUnitToo() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            Self.locked + Self.noLock + "session s times 2 step take { SELECT public.take(); }\nteardown { SELECT 1 }\n"
                + "reset { UPDATE public.stock SET n = 0 }", to: "own.spec")
        let options = ["own.spec", "--junit", "out.xml", "--database-url", url]
        let held = try Program.run(arguments: ["race", "run", "--seconds", "0.5"] + options, in: folder.url)
        #expect(held.status == 0, "\(held.output)\(held.error)")
        #expect(try folder.text("out.xml").contains("<testcase classname=\"own\" name=\"run\""))
        let found = try Program.run(arguments: ["race", "run", "--mutant", "no lock", "--seconds", "0.5"] + options, in: folder.url)
        #expect(found.status == 1)
        #expect(try folder.text("out.xml").contains("<failure message=\"nothing is taken twice: "))
        let explored = try Program.run(arguments: ["race", "explore"] + options, in: folder.url)
        #expect(explored.status == 0, "\(explored.output)\(explored.error)")
        #expect(try folder.text("out.xml").contains("<testsuite name=\"domainflow race explore\" tests=\"1\" failures=\"0\""))
    }

    @Test func wrongOptionsAre64() throws {
        for arguments in [
            ["mutate", "--seconds", "0"], ["mutate", "--harmless-seconds", "-1"], ["explore", "a", "--replay", "0", "--junit", "x"],
        ] {
            #expect(try Program.run(arguments: ["race"] + arguments).status == 64, "\(arguments)")
        }
    }
}
