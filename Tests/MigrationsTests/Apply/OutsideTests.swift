import PQClient
import Testing

@testable import Migrations

/// Steps outside a transaction: their effect happens once, and what is not known is asked.
@Suite struct OutsideTests {
    private func fails(_ migrator: Migrator) async throws -> MigrationError {
        try await #require(throws: MigrationError.self) { try await migrator.up() }
    }

    @Test func anIndexOfThatNameIsNotThatIndex() async throws {
        for clause in ["", "IF NOT EXISTS "] {
            let database = try await TestDatabase.make()
            let migrator = try await database.migrator([
                "0001_t.sql": "CREATE TABLE t (a int, b int); CREATE INDEX t_ix ON t (a);",
                "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY \(clause)t_ix ON t (b);",
            ])
            for _ in 0..<2 { #expect(try await fails(migrator).description.contains("t_ix already exists, with another definition")) }
            #expect(try await migrator.repair(.unfinished).allSatisfy { $0.contains("another definition") })
            #expect(try await fails(migrator).description.contains("already exists"))
            #expect(try await database.rows("SELECT outcome FROM domainflow_migrate.history WHERE id = 2 AND outcome = 'done'").isEmpty)
        }
    }

    @Test(arguments: [
        ("t (b)", true), ("t USING btree (b ASC NULLS LAST)", true), ("public.t (b)", true), ("t (b DESC)", false), ("t (a, b)", false),
        ("t (b) WHERE a > 0", false), ("t (b) INCLUDE (a)", false), ("t ((b + 1))", false), ("t USING hash (b)", false),
        ("t (b) WITH (fillfactor = 50)", false),
    ])
    func definitionsAreCompared(target: String, same: Bool) async throws {
        let database = try await TestDatabase.make()
        _ = try await database.rows(
            "CREATE TABLE t (a int, dropped int, b int); ALTER TABLE t DROP dropped; CREATE INDEX i ON t (b); SELECT 1")
        let migrator = try await database.migrator([
            "0001_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON \(target)"
        ])
        let applied = try? await migrator.up().count
        #expect(applied == (same ? 1 : nil))
    }

    @Test func whatWasCommittedBeforeItsPromiseFailedIsNotRunAgain() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TABLE credit (who text, euro int)",
            "0002_pay.sql": "--! transaction: no\n--! verify: SELECT count(*) = 2 FROM credit\nINSERT INTO credit VALUES ('ada', 100)",
        ])
        let first = try await fails(migrator)
        #expect(first.kind == .drift && first.description.contains("verify returned false"))
        #expect(first.description.contains("was committed and stays in effect") && first.description.contains("repair --undone 2"))
        for _ in 0..<2 {
            let again = try await fails(migrator)
            #expect(again.description.contains("it is not known whether 0002_pay took effect: verify returned false"), "\(again)")
        }
        #expect(try await database.rows("SELECT count(*) FROM credit") == ["1"])
        #expect(try await migrator.status().entries.map(\.state) == [.applied, .unknown])
        _ = try await migrator.repair(.done(2))
        #expect(try await migrator.up().isEmpty)
    }

    @Test func aProcedureThatFailedMayHaveCommitted() async throws {
        let database = try await TestDatabase.make()
        let pay =
            "CREATE PROCEDURE pay() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO credit VALUES ('ada', 100); COMMIT; RAISE lock_not_available; END $$"
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TABLE credit (who text, euro int); \(pay)", "0002_pay.sql": "--! transaction: no\nCALL pay()",
        ])
        for _ in 0..<2 { #expect(try await fails(migrator).description.contains("--undone 2")) }
        #expect(try await database.rows("SELECT count(*) FROM credit") == ["1"], "not even a lock timeout is tried again")
    }

    @Test func aStatementThatIsATransactionFailsWithoutEffect() async throws {
        let database = try await TestDatabase.make()
        var files = [
            "0001_t.sql": "CREATE TABLE t (a int PRIMARY KEY)", "0002_x.sql": "--! transaction: no\nINSERT INTO t VALUES (1), (1)",
        ]
        #expect(try await fails(database.migrator(files)).description.contains("23505"))
        #expect(try await database.migrator(files).status().entries.map(\.state) == [.applied, .failed])
        files["0002_x.sql"] = "INSERT INTO t VALUES (1), (2)"
        #expect(try await database.migrator(files).up().count == 1, "also when it has become a step in a transaction")
    }

    @Test func aBuildThatRunsIsNotABuildThatFailed() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TABLE t (a int)",
            "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)",
        ])
        _ = try await migrator.up(target: 1)
        let old = try await database.connect()
        _ = try await old.execute("BEGIN; INSERT INTO t VALUES (1)")
        let other = try await database.connect()
        async let build = other.execute("CREATE INDEX CONCURRENTLY t_a ON t (a)")
        while try await database.rows("SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('t_a')") == ["0"] {
            try await Task.sleep(for: .milliseconds(20))
        }
        let error = try await fails(migrator)
        #expect(error.kind == .lock)
        #expect(error.description.contains("t_a is being built at this moment, by pid \(other.backendPID)"), "\(error)")
        _ = try await old.execute("COMMIT")
        _ = try await build
        #expect(try await migrator.up().count == 1, "it is the index that the step defines")
    }

    @Test func whatADeadBuildLeftIsDroppedOnlyIfItIsOurs() async throws {
        let database = try await TestDatabase.make()
        let files = ["0001_i.sql": "--! transaction: no\nCREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)"]
        _ = try await database.rows("CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 1; SELECT 1")
        let migrator = try await database.migrator(files)
        _ = try await fails(migrator)
        #expect(try await database.rows("SELECT built_index = 't_a'::regclass FROM domainflow_migrate.history") == ["t"])
        let other = try await database.connect()
        _ = try await other.execute("DROP INDEX t_a")
        _ = try? await other.execute("CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)")
        _ = try await database.rows("DELETE FROM t WHERE ctid = '(0,1)'; SELECT 1")
        #expect(try await fails(migrator).description.contains("a failed build that was not this step's"))
        #expect(try await migrator.repair(.unfinished)[0].contains("this step did not make it; nothing changed"))
        #expect(try await database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('t_a')") == ["f"])
        _ = try await other.execute("DROP INDEX t_a")
        #expect(try await migrator.up().count == 1)
    }

    @Test func aBuildIsRecordedWhileItRuns() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TABLE t (a int)", "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY t_a ON t (a)",
        ])
        _ = try await migrator.up(target: 1)
        let old = try await database.connect()
        _ = try await old.execute("BEGIN; INSERT INTO t VALUES (1)")
        let up = Task { try await migrator.up() }
        for _ in 0..<500
        where try await database.rows("SELECT 1 FROM domainflow_migrate.history WHERE built_index = to_regclass('t_a')").isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
        // As a crash of the server would: the build ends, its index stays, and the row says running.
        _ = try await database.rows("SELECT pg_terminate_backend(backend_pid) FROM domainflow_migrate.history WHERE id = 2")
        await #expect(throws: MigrationError.self) { try await up.value }
        _ = try await old.execute("COMMIT")
        #expect(try await database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('t_a')") == ["f"])
        let log = ProgressLog()
        #expect(
            try await database.migrator([
                "0001_t.sql": "CREATE TABLE t (a int)", "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY t_a ON t (a)",
            ]).up(progress: log.progress).count == 1)
        #expect(log.all.contains { if case .note(let text) = $0 { text.contains("dropping public.t_a") } else { false } })
    }

    @Test func tablesOfAnEarlierProgramAreReadAndBroughtUpToDate() async throws {
        let database = try await TestDatabase.make()
        let files = [
            "0001_t.sql": "CREATE TABLE t (a int)", "0002_x.sql": "--! transaction: no\nINSERT INTO t VALUES (1)",
            "0003_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a)",
        ]
        let migrator = try await database.migrator(files)
        _ = try await migrator.up(target: 2)
        _ = try await database.rows(
            """
            ALTER TABLE domainflow_migrate.history DROP COLUMN built_index, DROP COLUMN verified_before, DROP CONSTRAINT history_outcome_check,
            ADD CONSTRAINT history_outcome_check CHECK (outcome IN ('done', 'baseline', 'running', 'failed'));
            SELECT 1
            """)
        #expect(try await migrator.plan().pending.map(\.id) == ["0003_i"], "reading changes nothing")
        #expect(try await migrator.up().map(\.id) == ["0003_i"])
        _ = try await database.rows("UPDATE domainflow_migrate.history SET outcome = 'failed' WHERE id > 1; SELECT 1")
        let error = try await fails(migrator)
        #expect(
            error.problems.count == 1 && error.description.contains("it is not known whether 0002_x took effect"),
            "an index can be looked at")
    }
}
