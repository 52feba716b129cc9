import PQClient
import Testing

@testable import Migrations

/// A step's settings end with it, however they were made.
@Suite struct SettingsTests {
    @Test(arguments: [
        "SET search_path = one", "DO $$ BEGIN SET search_path = one; END $$", "DO $$ BEGIN EXECUTE 'SET search_path = one'; END $$",
        "SELECT SET_CONFIG('search_path', 'one', false)", "SELECT pg_catalog.set_config('search_path', 'one', false)",
        "CREATE FUNCTION one.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET search_path = one; END $$; SELECT one.f()",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET SESSION AUTHORIZATION pg_monitor", "SET ROLE pg_monitor",
        "SET session_replication_role = replica", "SET my.own = 'x'", "PREPARE p AS SELECT 1", "CREATE TEMP TABLE b (x text)",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "LISTEN l",
    ])
    func endWithTheStep(statement: String) async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_a.sql": "CREATE SCHEMA one; \(statement)", "0002_b.sql": "CREATE TABLE b (id int)",
        ])
        #expect(try await migrator.up().count == 2)
        #expect(try await database.rows("SELECT 'b'::regclass, to_regclass('one.b')") == ["b|NULL"])
        let left = """
            SELECT current_setting('search_path'), session_user = current_user, current_setting('session_replication_role'), \
            current_setting('default_transaction_read_only'), COALESCE(current_setting('my.own', true), ''), \
            (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors), (SELECT count(*) FROM pg_listening_channels()), \
            to_regclass('pg_temp.b')
            """
        let row = try #require(try await migrator.connection.execute(left)[0].first)
        #expect((0..<9).map { row.text($0) ?? "NULL" } == ["\"$user\", public", "t", "origin", "off", "", "0", "0", "0", "NULL"])
    }

    @Test func outsideATransactionToo() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_a.sql": "--! transaction: no\nDO $$ BEGIN SET session_replication_role = replica; END $$",
            "0002_b.sql": "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE k (id int REFERENCES p); INSERT INTO k VALUES (1)",
        ])
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.description.contains("23503"), "the foreign key is checked: \(error)")
    }

    @Test func theCallersOwnSettingsStay() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_a.sql": "SET DateStyle = German; SET work_mem = '1MB'; SET search_path = pg_catalog"
        ])
        _ = try await migrator.connection.execute(
            "SET work_mem = '7MB'; SET search_path = public, \"odd, name\"; SET IntervalStyle = postgres")
        _ = try await migrator.up()
        let row = try await migrator.connection.execute(
            "SELECT current_setting('work_mem'), current_setting('search_path'), current_setting('DateStyle')")[0].first
        #expect(row.map { [$0.text(0), $0.text(1), $0.text(2)] } == ["7MB", "public, \"odd, name\"", "ISO, MDY"])
    }

    @Test func aPromiseIsReadWithoutTheStepsSettings() async throws {
        let database = try await TestDatabase.make()
        let text = "CREATE SCHEMA shop; SET search_path = shop; CREATE TABLE thing (id int);"
        let error = try await #require(throws: MigrationError.self) {
            try await database.migrator(["0001_a.sql": "--! verify: SELECT count(*) = 0 FROM thing\n" + text]).up()
        }
        #expect(error.description.contains("\"thing\" does not exist"), "as migrate verify would say later: \(error)")
        let migrator = try await database.migrator(["0001_a.sql": "--! verify: SELECT count(*) = 0 FROM shop.thing\n" + text])
        #expect(try await migrator.up().count == 1)
        #expect(try await migrator.verify().isEmpty)
    }

    @Test func deferredConstraintsAreCheckedUnderTheStepsSettings() async throws {
        let database = try await TestDatabase.make()
        let text =
            "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE k (id int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO k VALUES (1);"
        let migrator = try await database.migrator(["0001_a.sql": text])
        for run in [{ _ = try await migrator.up() }, { _ = try await migrator.trace() }] as [@Sendable () async throws -> Void] {
            let error = try await #require(throws: MigrationError.self) { try await run() }
            #expect(error.description.contains("0001_a.sql:3: ERROR") && error.description.contains("23503"), "\(error)")
        }
    }
}
