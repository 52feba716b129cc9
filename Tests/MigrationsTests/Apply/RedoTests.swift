import PQClient
import Testing

@testable import Migrations

@Suite struct RedoTests {
    static let three = [
        "0001_one.sql": "CREATE TABLE one (id int);\n-- a remark", "0001_one.down.sql": "DROP TABLE one;",
        "0002_two.sql": "CREATE TABLE two (id int);", "0002_two.down.sql": "DROP TABLE two;",
        "0003_three.sql": "CREATE TABLE three (id int);", "0003_three.down.sql": "DROP TABLE three;",
    ]

    @Test func redoTakesBackAndAppliesAnew() async throws {
        let database = try await TestDatabase.make()
        var files = MigratorTests.three
        _ = try await database.migrator(files).up()
        #expect(try await database.migrator(files).redo().isEmpty)
        files["0002_b.sql"] = "INSERT INTO a.t VALUES (7);"
        var migrator = try await database.migrator(files)
        var error = try await #require(throws: MigrationError.self) { try await migrator.redo() }
        #expect(error.description.contains("0003_c has no down file") && error.description.contains("0002_b has no down file"))
        files["0002_b.down.sql"] = "DELETE FROM a.t WHERE id IN (1, 7);"
        files["0003_c.down.sql"] = "DELETE FROM a.t WHERE id = 2;"
        migrator = try await database.migrator(files)
        #expect(try await migrator.redo().map(\.id) == ["0002_b", "0003_c"])
        #expect(try await database.rows("SELECT id FROM a.t ORDER BY id") == ["2", "7"])
        #expect(try await migrator.redo(step: 3).map(\.id) == ["0003_c"])
        error = try await #require(throws: MigrationError.self) { try await migrator.redo(step: 5) }
        #expect(error.description.contains("step 5 is not applied"))
        #expect(try await database.events().filter { $0.hasSuffix("reverted") } == ["3|reverted", "2|reverted", "3|reverted"])
        files["migrations.lock"] = "0003_c \(try StepSource(files: files).load().steps[2].checksum) 0.1.0"
        migrator = try await database.migrator(files)
        error = try await #require(throws: MigrationError.self) { try await migrator.redo(step: 3) }
        #expect(error.description.contains("released in 0.1.0"))
    }

    /// Applied, with a row in the second table, and then edited.
    private func edited(_ edits: [String: String]) async throws -> (TestDatabase, Migrator) {
        let database = try await TestDatabase.make()
        _ = try await database.migrator(Self.three).up()
        _ = try await database.rows("INSERT INTO two VALUES (1); SELECT 1")
        return (database, try await database.migrator(Self.three.merging(edits) { $1 }))
    }

    @Test func saysWhatWouldGo() async throws {
        let (database, migrator) = try await edited(["0002_two.sql": "CREATE TABLE two (id bigint);"])
        let redo = try #require(try await migrator.redoable())
        #expect(redo.steps == ["0003_three", "0002_two"] && redo.applies == ["0002_two", "0003_three"])
        #expect(redo.losses == [.init(table: "public.two", rows: 1, remaining: 0)])
        #expect(redo.untried == nil && redo.sameMeaning.isEmpty)
        #expect(redo.lint.map(\.rule) == [.unqualifiedCreate, .missingPrimaryKey, .unqualifiedCreate, .missingPrimaryKey])
        #expect(try await database.rows("SELECT count(*) FROM two") == ["1"], "it was only tried")
        #expect(try await database.events().filter { !$0.hasSuffix("applied") }.isEmpty)
    }

    @Test func aWayUpThatDoesNotWorkTakesNothingBack() async throws {
        for text in ["CREATE TABLE two (id int); SELECT 1 / 0", "CREATE TABEL two (id int)", "CREATE TABLE two (id int) 'open"] {
            let (database, migrator) = try await edited(["0002_two.sql": text])
            await #expect(throws: MigrationError.self) { try await migrator.redo() }
            #expect(try await database.rows("SELECT id FROM two") == ["1"], "\(text)")
            #expect(try await database.rows("SELECT count(*) FROM domainflow_migrate.history") == ["3"])
        }
    }

    @Test func aCommentNeedsNoRedo() async throws {
        let (_, migrator) = try await edited(["0001_one.sql": "CREATE TABLE one  (id int);\n-- another remark"])
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.description.contains("only comments or spacing"), "\(error)")
        #expect(error.description.contains("repair --accept 1") && !error.description.contains("migrate redo"))
        #expect(try await migrator.redoable()?.sameMeaning == [1])
        _ = try await migrator.repair(.accept(1))
        #expect(try await migrator.up().isEmpty)
        let (_, other) = try await edited([
            "0001_one.sql": "CREATE TABLE one (id int);", "0002_two.sql": "CREATE TABLE two (id int, b int);",
        ])
        let both = try await #require(throws: MigrationError.self) { try await other.up() }
        let accept = try #require(both.description.range(of: "repair --accept 1"))
        let redo = try #require(both.description.range(of: "migrate redo"))
        #expect(accept.lowerBound < redo.lowerBound, "the way that deletes nothing comes first")
    }

    @Test func nothingButWhatWasAskedAboutIsReverted() async throws {
        let (database, migrator) = try await edited(["0002_two.sql": "CREATE TABLE two (id bigint);"])
        let asked = try #require(try await migrator.redoable()).steps
        let down = try await migrator.revertible(above: 1)
        var files = Self.three
        files["0004_four.sql"] = "CREATE TABLE four (id int);"
        files["0004_four.down.sql"] = "DROP TABLE four;"
        _ = try await database.migrator(files).up()
        let newer = try await database.migrator(files)
        let error = try await #require(throws: MigrationError.self) { try await newer.down(target: 1, asked: down) }
        #expect(error.kind == .drift && error.description.contains("another runner has applied 0004_four in the meantime"), "\(error)")
        files["0002_two.sql"] = "CREATE TABLE two (id bigint);"
        let edited = try await database.migrator(files)
        await #expect(throws: MigrationError.self) { try await edited.redo(asked: asked) }
        #expect(try await database.rows("SELECT count(*) FROM domainflow_migrate.history") == ["4"])
    }

    @Test func outsideATransactionItIsOnlyRead() async throws {
        let database = try await TestDatabase.make()
        var files = [
            "0001_t.sql": "CREATE TABLE t (a int)", "0001_t.down.sql": "DROP TABLE t",
            "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a)",
            "0002_i.down.sql": "--! transaction: no\nDROP INDEX CONCURRENTLY i",
        ]
        _ = try await database.migrator(files).up()
        files["0002_i.sql"] = "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a DESC)"
        let migrator = try await database.migrator(files)
        #expect(try await migrator.redoable()?.untried?.contains("0002_i.down.sql runs outside a transaction") == true)
        #expect(try await migrator.redo().map(\.id) == ["0002_i"])
        #expect(try await database.rows("SELECT indexdef ~ 'DESC' FROM pg_indexes WHERE indexname = 'i'") == ["t"])
    }
}
