import PQClient
import Testing

@testable import Migrations

/// Values that the caller gives to placeholders.
@Suite struct PlaceholderTests {
    private static let steps = [
        "0001_t.sql": """
        --! verify: SELECT count(*) = 1 FROM :"space".t WHERE note = :'note'
        CREATE SCHEMA :"space"; CREATE TABLE :"space".t (note text, kind "char", list int[]);
        INSERT INTO :"space".t VALUES (:'note', 'x'::"char", '{1,2}'::int[]);
        DO $$ BEGIN PERFORM ':''note'''; END $$;
        """,
        "0001_t.down.sql": "DROP TABLE :\"space\".t; DROP SCHEMA :\"space\";",
        "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY :\"index\" ON :\"space\".t (note)",
        "0002_i.down.sql": "--! transaction: no\nDROP INDEX CONCURRENTLY :\"space\".:\"index\"",
    ]

    @Test func valuesAreQuoted() async throws {
        let database = try await TestDatabase.make()
        var options = MigratorOptions()
        options.values = ["space": "a \"b\"", "note": "it's \\ ; DROP", "index": "By Note"]
        let migrator = try await database.migrator(Self.steps, options: options)
        _ = try await migrator.up()
        #expect(try await database.rows("SELECT note FROM \"a \"\"b\"\"\".t") == ["it's \\ ; DROP"])
        #expect(
            try await database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"a \"\"b\"\"\".\"By Note\"'::regclass") == ["t"])
        #expect(try await migrator.verify().isEmpty)
        #expect(try await migrator.drift().findings.isEmpty)
        _ = try await migrator.down(target: 0)
        #expect(try await database.rows("SELECT count(*) FROM pg_namespace WHERE nspname = 'a \"b\"'") == ["0"])
    }

    @Test func theTextDecidesWhetherAStepWasEdited() async throws {
        let database = try await TestDatabase.make()
        var options = MigratorOptions()
        options.values = ["space": "a", "note": "n", "index": "i"]
        _ = try await database.migrator(Self.steps, options: options).up()
        options.values["note"] = "other"
        let migrator = try await database.migrator(Self.steps, options: options)
        #expect(try await migrator.plan().problems.isEmpty)
        #expect(try await migrator.up().isEmpty)
        // What runs no step needs no value, and says so where it does.
        let without = try await database.migrator(Self.steps)
        #expect(try await without.up().isEmpty)
        #expect(
            try await without.verify().map(\.problem.message) == [
                "placeholder \"space\" in a verify statement has no value", "placeholder :\"index\" has no value",
            ])
    }

    @Test func whatIsMissingOrMisspeltIsRefused() async throws {
        let database = try await TestDatabase.make()
        var options = MigratorOptions()
        options.values = ["space": "a", "index": "i"]
        let unset = try await #require(throws: MigrationError.self) { try await database.migrator(Self.steps, options: options).up() }
        #expect(unset.problems[0].message == "placeholder :'note' has no value" && unset.problems[0].line == 3, "\(unset)")
        #expect(try await database.rows("SELECT pg_catalog.to_regnamespace('a') IS NULL") == ["t"])
        options.values = ["space": "a", "index": "i", "note": "n", "spcae": "b"]
        let misspelt = try await #require(throws: MigrationError.self) { try await database.migrator(Self.steps, options: options).up() }
        #expect(misspelt.problems[0].message.contains("no step has the placeholder :'spcae'"))
    }

    @Test func anErrorIsPlacedInTheTextAsWritten() async throws {
        let database = try await TestDatabase.make()
        var options = MigratorOptions()
        options.values = ["long": "a value longer than its name", "s": "x"]
        let migrator = try await database.migrator(
            ["0001_a.sql": "SELECT :'long', :'s', :'long',\n  :'s', nosuch"], options: options)
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.problems[0].line == 2 && error.problems[0].column == 9, "\(error)")
    }

    @Test(arguments: [
        "SELECT 'a'::\"char\"", "SELECT x[1:2]", "SELECT ':''n'''", "SELECT $$ :'n' $$", "-- :'n'\nSELECT 1", "SELECT :'no name'",
    ])
    func whatOnlyLooksLikeOne(text: String) {
        #expect(Placeholder.names(in: text).isEmpty)
    }
}
