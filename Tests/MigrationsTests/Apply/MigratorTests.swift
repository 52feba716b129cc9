import PQClient
import Testing

@testable import Migrations

@Suite struct MigratorTests {
    static let three = [
        "0001_a.sql": "CREATE SCHEMA a; CREATE TABLE a.t (id int);", "0002_b.sql": "INSERT INTO a.t VALUES (1);",
        "0003_c.sql": "--! verify: SELECT count(*) = 2 FROM a.t\nINSERT INTO a.t VALUES (2);",
    ]

    @Test func appliesOnceInOrder() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.three)
        #expect(try await migrator.plan().pending.map(\.id) == ["0001_a", "0002_b", "0003_c"])
        #expect(try await migrator.up(target: 1).map(\.id) == ["0001_a"])
        #expect(try await migrator.up().map(\.id) == ["0002_b", "0003_c"])
        #expect(try await migrator.up().isEmpty)
        #expect(try await migrator.verify().isEmpty)
        #expect(
            try await database.rows(
                "SELECT rank, id, description, checksum ~ '^sha256:v1:[0-9a-f]{64}$', release, applied_by = session_user, applied_at <= clock_timestamp(), duration_ms > 0, outcome "
                    + "FROM domainflow_migrate.history ORDER BY rank") == [
                    "1|1|a|t|NULL|t|t|t|done", "2|2|b|t|NULL|t|t|t|done", "3|3|c|t|NULL|t|t|t|done",
                ])
        #expect(try await database.events() == ["1|applied", "2|applied", "3|applied"])
        await #expect(throws: MigrationError.self) { try await migrator.up(target: 9) }
    }

    @Test func aFailureInStepSevenOfTenKeepsSixAndLeavesNothingOfTheSeventh() async throws {
        let database = try await TestDatabase.make()
        var files = Dictionary(
            uniqueKeysWithValues: (1...10).map { ("00\($0 < 10 ? "0" : "")\($0)_s.sql", "CREATE TABLE t\($0) (a int);") })
        files["0007_s.sql"] = "CREATE TABLE t7 (a int);\n--! include f/bad.sql\n"
        files["f/bad.sql"] = "-- a comment\nINSERT INTO t7 VALUES (1);\nSELECT 1,\n       nothing_of_that_name\nFROM t7;\n"
        let migrator = try await database.migrator(files)
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.kind == .database)
        #expect(
            error.description.hasPrefix("f/bad.sql:4:8: ERROR: column \"nothing_of_that_name\" does not exist (SQLSTATE 42703)"), "\(error)"
        )
        #expect(error.description.contains("6 of 10 pending steps were applied and remain applied; 0007_s left nothing behind"))
        #expect(try await database.rows("SELECT count(*) FROM domainflow_migrate.history") == ["6"])
        #expect(try await database.rows("SELECT to_regclass('t7') IS NULL, to_regclass('t6') IS NOT NULL") == ["t|t"])
        #expect(
            try await database.rows(
                "SELECT step, what, sqlstate, file, line, statement LIKE 'SELECT 1,%' FROM domainflow_migrate.event WHERE what = 'failed'")
                == ["7|failed|42703|f/bad.sql|4|t"])

        files["f/bad.sql"] = "INSERT INTO t7 VALUES (1);"
        #expect(try await database.migrator(files).up().count == 4)
    }

    @Test func aFailedVerifyLeavesNothingBehind() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(["0001_a.sql": "--! verify: SELECT false\nCREATE TABLE t (a int);"])
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.kind == .drift)
        #expect(error.description.contains("0001_a.sql:1: verify returned false: SELECT false"))
        #expect(try await database.rows("SELECT to_regclass('t')") == ["NULL"])
        for (sql, said) in [("SELECT true WHERE false", "0 rows"), ("SELECT NULL::bool", "NULL"), ("SELECT nonsense", "does not exist")] {
            let migrator = try await database.migrator(["0001_a.sql": "--! verify: \(sql)\nCREATE TABLE t (a int);"])
            let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
            #expect(error.description.contains(said))
        }
    }

    @Test func aStepsOwnSettingsEndWithIt() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_a.sql": "CREATE SCHEMA a; CREATE ROLE \(database.name)_r; SET search_path = a; SET ROLE \(database.name)_r; SELECT 1;",
            "0002_b.sql": "CREATE TABLE t (a int);",
        ])
        #expect(try await migrator.up().count == 2)
        #expect(try await database.rows("SELECT 't'::regclass::text, to_regclass('a.t')") == ["t|NULL"])
    }

    @Test func historyInTheWay() async throws {
        let database = try await TestDatabase.make()
        _ = try await database.migrator(Self.three).up()
        func problems(_ files: [String: String]) async throws -> MigrationError {
            let migrator = try await database.migrator(files)
            return try await #require(throws: MigrationError.self) { try await migrator.up() }
        }
        var files = Self.three
        files["0002_b.sql"] = "INSERT INTO a.t VALUES (7);"
        var error = try await problems(files)
        #expect(error.description.contains("0002_b is not released and was edited after it was applied"))
        #expect(error.description.contains("0002_b.sql changed") && error.description.contains("migrate redo"))

        let changed = try StepSource(files: files).load().steps[1].checksum
        let original = try StepSource(files: Self.three).load().steps[1].checksum
        files["migrations.lock"] = "0002_b \(original) 0.1.0\n"
        error = try await problems(files)
        #expect(error.kind == .badInput)
        #expect(error.description.contains("0002_b was released in 0.1.0 and has been changed since"))
        files["migrations.lock"] = "0002_b \(changed) 0.1.0\n"
        error = try await problems(files)
        #expect(error.description.contains("0002_b is not released"), "it was applied by a build before the release: \(error)")

        files = Self.three
        files["0002_b.sql"] = nil
        files["0004_d.sql"] = "SELECT 1;"
        error = try await problems(files)
        #expect(error.description.contains("step 0002_b was applied here") && error.description.contains("repair --forget 2"))
        files["0004_d.sql"] = nil
        let log = ProgressLog()
        #expect(try await database.migrator(files).up(progress: log.progress).isEmpty, "nothing to do, so an old program does no harm")
        #expect(log.all.count == 1)

        files = Self.three
        files["0002_b.sql"] = nil
        files["0003_c.sql"] = "SELECT 3"
        let other = try await TestDatabase.make()
        _ = try await other.migrator(files).up()
        files["0002_b.sql"] = "INSERT INTO a.t VALUES (1);"
        let migrator = try await other.migrator(files)
        error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(
            error.description.contains("0002_b is not applied, but the later 0003_c is")
                && error.description.contains("--allow-out-of-order"))
        var options = MigratorOptions()
        options.allowOutOfOrder = true
        #expect(try await other.migrator(files, options: options).up().map(\.id) == ["0002_b"])
        #expect(try await other.rows("SELECT id FROM domainflow_migrate.history ORDER BY rank") == ["1", "3", "2"])
    }

    @Test func whatTheStepsSayIsPassedOn() async throws {
        let database = try await TestDatabase.make()
        let log = ProgressLog()
        let files = ["0001_a.sql": "DO $$ BEGIN RAISE WARNING 'mind the gap'; END $$"]
        _ = try await database.migrator(files).up(progress: log.progress)
        #expect(log.all.contains { if case .note("warning: mind the gap") = $0 { true } else { false } })
    }

    @Test func aReleasedStepThatIsGoneStopsEverything() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(["0001_a.sql": "SELECT 1", "migrations.lock": "0002_b sha256:v1:00 0.1.0"])
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.kind == .badInput && error.description.contains("released step 0002_b is missing"))
    }

    @Test func verifyFindsWhatChangedSince() async throws {
        let database = try await TestDatabase.make()
        let files = [
            "0001_t.sql": "--! verify: SELECT count(*) = 1 FROM t\n--! verify: SELECT true\nCREATE TABLE t AS SELECT 1 AS a",
            "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a)",
        ]
        let migrator = try await database.migrator(files)
        _ = try await migrator.up()
        #expect(try await migrator.verify().isEmpty)
        _ = try await database.rows(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass; INSERT INTO t VALUES (2); SELECT 1")
        #expect(try await migrator.verify().map(\.kind) == [.verify, .index])
        _ = try await database.rows("DROP TABLE t; SELECT 1")
        #expect(try await migrator.verify().map(\.problem.sqlState) == ["42P01"])
        #expect(try await database.migrator(["0003_x.sql": "SELECT 1"]).verify().map(\.kind) == [.missing, .missing, .pending])
    }

    @Test func foreignInstallationsAreNotRunOver() async throws {
        let database = try await TestDatabase.make()
        func migrator() async throws -> Migrator {
            Migrator(connection: try await database.connect(), source: StepSource(files: Self.three))
        }
        let first = try await migrator()
        _ = try await database.rows(
            "CREATE SCHEMA domainflow; CREATE FUNCTION domainflow.version() RETURNS text LANGUAGE sql AS $$ SELECT '9.9.9' $$; SELECT 1")
        let error = try await #require(throws: MigrationError.self) { try await first.up() }
        #expect(error.kind == .drift && error.description.contains("psql -f") && error.description.contains("baseline --target"))
        _ = try await database.rows("DROP FUNCTION domainflow.version(); SELECT 1")
        #expect(try await migrator().up().count == 3)
    }

    @Test func downRevertsLastFirstAndStopsAtWhatFails() async throws {
        let database = try await TestDatabase.make()
        var files = Self.three
        files["0001_a.down.sql"] = "DROP SCHEMA a CASCADE;"
        files["0002_b.down.sql"] = "--! verify: SELECT count(*) = 0 FROM a.t\nDELETE FROM a.t WHERE id = 1;"
        files["0003_c.down.sql"] = "SELECT 1;"
        let migrator = try await database.migrator(files)
        _ = try await migrator.up()
        #expect(try await migrator.revertible(above: 1) == ["0003_c", "0002_b"])
        let error = try await #require(throws: MigrationError.self) { try await migrator.down(target: 0) }
        #expect(error.description.contains("0002_b.down.sql:1: verify returned false"))
        #expect(try await database.rows("SELECT id FROM domainflow_migrate.history ORDER BY id") == ["1", "2"])
        _ = try await database.rows("DELETE FROM a.t; SELECT 1")
        #expect(try await migrator.down(target: 0) == ["0002_b", "0001_a"])
        #expect(try await database.rows("SELECT to_regnamespace('a'), count(*) FROM domainflow_migrate.history") == ["NULL|0"])
    }

    @Test func baselineRecordsWithoutRunning() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.three)
        let error = try await #require(throws: MigrationError.self) { try await migrator.baseline(target: 3) }
        #expect(error.description.contains("a.t"), "an empty database does not keep the step's promise: \(error)")
        _ = try await database.rows("CREATE SCHEMA a; CREATE TABLE a.t AS SELECT generate_series(1, 2) AS id; SELECT 1")
        #expect(try await migrator.baseline(target: 3) == ["0001_a", "0002_b", "0003_c"])
        #expect(try await migrator.baseline(target: 3).isEmpty)
        #expect(try await migrator.up().isEmpty)
        #expect(try await database.rows("SELECT DISTINCT outcome, duration_ms FROM domainflow_migrate.history") == ["baseline|NULL"])
        await #expect(throws: MigrationError.self) { try await migrator.baseline(target: 9) }
    }

    @Test func repairOfTheHistory() async throws {
        let database = try await TestDatabase.make()
        _ = try await database.migrator(Self.three).up()
        var files = Self.three
        files["0002_b.sql"] = "INSERT INTO a.t VALUES (1); -- same"
        let migrator = try await database.migrator(files)
        #expect(try await migrator.verify().map(\.kind) == [.checksum])
        #expect(try await migrator.repair(.accept(2)).count == 1)
        #expect(try await migrator.verify().isEmpty)
        #expect(try await migrator.repair(.forget(2)).count == 1)
        await #expect(throws: MigrationError.self) { try await migrator.repair(.forget(2)) }
        #expect(try await migrator.verify().map(\.kind).contains(.pending))
        #expect(try await migrator.repair(.done(1)).isEmpty)
        #expect(try await database.events().suffix(2) == ["2|repaired", "2|repaired"])
        await #expect(throws: PostgresError.self) { try await migrator.connection.execute("DELETE FROM domainflow_migrate.event") }
    }
}
