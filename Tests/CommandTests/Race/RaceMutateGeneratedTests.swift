import Foundation
import TestSupport
import Testing

/// `race mutate --generated` with functions and tests of one's own: what is killed, what survives, and what an explanation is worth.
@Suite(.blocking) struct RaceMutateGeneratedTests {
    private static let functions = """
        CREATE SCHEMA shop;
        CREATE TABLE shop.stock (id int PRIMARY KEY, n int NOT NULL);
        CREATE FUNCTION shop.take(p_id int) RETURNS int LANGUAGE plpgsql AS $$
        DECLARE v int;
        BEGIN
            SELECT s.n INTO v FROM shop.stock AS s WHERE s.id = p_id FOR UPDATE;
            IF v < 1 THEN
                RAISE EXCEPTION 'nothing is left';
            END IF;
            UPDATE shop.stock AS s SET n = s.n - 1 WHERE s.id = p_id;
            RETURN v - 1;
        END $$;
        """
    private static let tests = """
        -- What take() promises to one session.
        BEGIN;
        SELECT plan(4);
        INSERT INTO shop.stock VALUES (1, 1), (2, 5);
        SELECT is(shop.take(1), 0, 'the last one');
        SELECT throws_ok('SELECT shop.take(1)', 'nothing is left');
        SELECT is((SELECT n FROM shop.stock WHERE id = 1), 0);
        SELECT is((SELECT n FROM shop.stock WHERE id = 2), 5, 'of another nothing is taken');
        ROLLBACK;
        """

    /// What `pg_dump -s` writes into schema public, where pgTAP is put too.
    @Test func aDumpIsASetupAndPgTAPIsNotMutated() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let dump = """
            --
            -- PostgreSQL database dump
            --

            \\restrict abc

            SET check_function_bodies = false;
            SELECT pg_catalog.set_config('search_path', '', false);
            CREATE FUNCTION public.twice(n integer) RETURNS integer LANGUAGE sql AS $$ SELECT CASE WHEN n > 1 THEN 2 * n ELSE n END $$;

            \\unrestrict abc

            """
        try folder.write(dump, to: "dump.sql")
        try folder.write("BEGIN;\nSELECT plan(1);\nSELECT is(twice(1), 1);\nROLLBACK;\n", to: "tests/twice.sql")
        func mutate(_ options: String...) throws -> Program.Outcome {
            try Program.run(
                arguments: ["race", "mutate", "--generated", "--schema", "public", "--no-scenarios", "--tests", "tests"]
                    + ["--database-url", url, "--json"] + options, in: folder.url)
        }
        let mutated = try mutate("--setup", "dump.sql")
        let lines = mutated.output.split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.contains("\"public.twice\"") }, "\(mutated.output.prefix(2000))\(mutated.error)")
        let nothing = try mutate()
        #expect(
            nothing.status == 2 && nothing.error.contains("schema public has no PL/pgSQL or SQL function\n")
                && nothing.error.contains("--setup"), "\(nothing.error)")
    }

    @Test func survivorsAreExplainedOrFail() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.functions, to: "shop.sql")
        try folder.write(Self.tests, to: "tests/take.sql")
        func mutate(_ options: String...) throws -> Program.Outcome {
            try Program.run(
                arguments: [
                    "race", "mutate", "--generated", "--schema", "shop", "--setup", "shop.sql", "--tests", "tests", "--no-scenarios",
                ]
                    + ["--database-url", url, "--junit", "out.xml"] + options, in: folder.url)
        }

        let survived = try mutate()
        #expect(survived.status == 1, "\(survived.output)\(survived.error)")
        #expect(survived.output.contains("\nshop.take drop-lock\n- FOR UPDATE\n+\n"), "one session cannot tell: \(survived.output)")
        #expect(survived.output.contains(" 0 explained, 0 invalid, 1 survivors"), "\(survived.output)")
        #expect(try folder.text("out.xml").contains("failures=\"1\""))

        try folder.write("shop.take drop-lock\n- FOR UPDATE\n+\nOnly one session calls it.\n", to: "why.txt")
        let explained = try mutate("--explained", "why.txt", "take")
        #expect(explained.status == 0 && explained.output.contains("1 explained, 0 invalid, 0 survivors"), "\(explained.output)")

        try folder.write(
            "shop.take drop-lock\n- FOR UPDATE\n+\nOnly one session.\n\nshop.take swap-comparison\n- v < 1\n+ v <= 1\nNot so.\n",
            to: "why.txt")
        let wrong = try mutate("--explained", "why.txt", "take")
        #expect(
            wrong.output.contains(" 1 explained") && wrong.error.contains("is explained, but killed by"), "\(wrong.output)\(wrong.error)")
        let skipped = try mutate("--explained", "why.txt", "--skip-explained", "take")
        #expect(skipped.status == 0 && skipped.output.contains(" 2 explained"), "\(skipped.output)")

        try folder.write("shop.take drop-limit\n- LIMIT 1\n+\nIt was there once.\n", to: "why.txt")
        let stale = try mutate("--explained", "why.txt", "--json")
        #expect(stale.status == 2 && stale.output.contains("\"outcome\":\"survived\""), "\(stale.output)")
        #expect(stale.error.contains("why.txt:1: no mutant of shop.take fits this explanation"), "\(stale.error)")

        let unknown = try mutate("give")
        #expect(unknown.status == 2 && unknown.error.contains("schema shop has no PL/pgSQL or SQL function give"), "\(unknown.error)")
        let list = try mutate("--list")
        #expect(list.status == 0 && list.output.contains("shop.take swap-comparison\n- v < 1\n+ v <= 1\n"), "\(list.output)")

        try folder.write(Self.tests.replacing("5, 'of", with: "6, 'of"), to: "tests/take.sql")
        let failing = try mutate()
        #expect(
            failing.status == 2 && failing.error.contains("tests/take.sql fails with the functions as they are: not ok 4"),
            "\(failing.error)")
    }
}
