import PQClient
import Testing

@testable import Migrations

/// R_slug.sql: after the numbered steps, and again when its text has changed.
@Suite struct RepeatableTests {
    private static let steps = [
        "0001_t.sql": "CREATE TABLE public.t (id int);", "0001_t.down.sql": "DROP TABLE public.t CASCADE;",
        "0002_u.sql": "CREATE TABLE public.u (id int);", "0002_u.down.sql": "DROP TABLE public.u CASCADE;",
        "R_1_v.sql": "CREATE OR REPLACE VIEW public.v AS SELECT id FROM public.t;",
        "R_2_w.sql": "CREATE OR REPLACE VIEW public.w AS SELECT v.id FROM public.v JOIN public.u USING (id);",
    ]

    @Test func itRunsLastAndOnlyWhenItsTextHasChanged() async throws {
        let database = try await TestDatabase.make()
        var steps = Self.steps
        let first = try await database.migrator(steps)
        #expect(try await first.plan(target: 1).pending.map(\.id) == ["0001_t"])
        #expect(try await first.up(target: 1).map(\.id) == ["0001_t"])
        let applied = try await first.up()
        #expect(applied.map(\.id) == ["0002_u", "R_1_v", "R_2_w"] && applied.map(\.number) == [2, nil, nil])
        #expect(try await first.up().isEmpty)
        #expect(try await first.verify().isEmpty)
        #expect(try await first.drift().findings.isEmpty)
        #expect(try await first.status().entries.map(\.state) == [.applied, .applied, .applied, .applied])

        steps["R_1_v.sql"] = "CREATE OR REPLACE VIEW public.v AS SELECT id + 1 AS id FROM public.t;"
        let second = try await database.migrator(steps)
        #expect(try await second.verify().map(\.step) == ["R_1_v"])
        #expect(try await second.up().map(\.id) == ["R_1_v"])
        #expect(try await database.rows("SELECT pg_get_viewdef('public.v'::regclass) ~ '1'") == ["t"])
        #expect(try await database.events().last == "NULL|applied")
    }

    @Test func whatARevertTookAwayIsMadeAgain() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.steps)
        _ = try await migrator.up()
        _ = try await migrator.down(target: 1)
        #expect(try await database.rows("SELECT to_regclass('public.v') IS NOT NULL, to_regclass('public.w') IS NULL") == ["t|t"])
        #expect(try await migrator.up().map(\.id) == ["0002_u", "R_1_v", "R_2_w"])
        #expect(try await database.rows("SELECT to_regclass('public.w') IS NOT NULL") == ["t"])
    }

    @Test func aFailedOneLeavesNothingAndRunsAgain() async throws {
        let database = try await TestDatabase.make()
        var steps = Self.steps
        steps["R_2_w.sql"] = "CREATE TABLE public.half (); SELECT 1 / 0;"
        let broken = try await database.migrator(steps)
        await #expect(throws: MigrationError.self) { try await broken.up() }
        #expect(try await database.rows("SELECT to_regclass('public.half') IS NULL") == ["t"])
        #expect(try await database.migrator(Self.steps).up().map(\.id) == ["R_2_w"])
    }

    @Test func twoRunnersRunItOnce() async throws {
        let database = try await TestDatabase.make()
        var steps = Self.steps
        steps["R_2_w.sql"] = "CREATE TABLE IF NOT EXISTS public.ran (id int); INSERT INTO public.ran VALUES (1);"
        let runners = [try await database.migrator(steps), try await database.migrator(steps)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for runner in runners { group.addTask { _ = try await runner.up() } }
            try await group.waitForAll()
        }
        #expect(try await database.rows("SELECT count(*) FROM public.ran") == ["1"])
    }

    @Test func tablesOfAnEarlierProgramGetWhatTheyLack() async throws {
        let database = try await TestDatabase.make()
        _ = try await database.migrator(Self.steps).up(target: 1)
        _ = try await database.rows("DROP TABLE domainflow_migrate.repeatable; SELECT 1")
        let migrator = try await database.migrator(Self.steps)
        #expect(try await migrator.plan().pending.count == 3)
        #expect(try await migrator.up().map(\.id) == ["0002_u", "R_1_v", "R_2_w"])
    }

    @Test(arguments: [
        ("--! transaction: no\nVACUUM", "with \"transaction: no\""), ("--! config: a.t none\nSELECT 1", "with \"config\""),
    ])
    func whatCannotBeRepeated(text: String, said: String) throws {
        let error = try #require(throws: MigrationError.self) { try StepSource(files: ["R_x.sql": text]).load() }
        #expect(error.problems[0].message.contains(said) && error.problems[0].file == "R_x.sql")
    }
}
