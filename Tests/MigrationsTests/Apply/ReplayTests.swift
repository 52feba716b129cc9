import PQClient
import Testing

@testable import Migrations

/// `verify --replay` sees what was changed by hand.
@Suite struct ReplayTests {
    static let steps = [
        "0001_a.sql": """
        CREATE SCHEMA s; CREATE TYPE s.kind AS ENUM ('a', 'b'); CREATE DOMAIN s.positive AS int CHECK (VALUE > 0);
        CREATE TABLE s.t (id int PRIMARY KEY, k s.kind DEFAULT 'a', v s.positive); COMMENT ON TABLE s.t IS 'rows';
        CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.f();
        CREATE VIEW s.w AS SELECT id FROM s.t; CREATE SEQUENCE s.q;
        GRANT SELECT ON s.t TO pg_monitor; ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON s.t USING (id > 0);
        CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int); CREATE EXTENSION IF NOT EXISTS plpgsql;
        """,
        "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON s.t (k)",
    ]

    @Test(arguments: [
        ("ALTER TABLE s.t ALTER k DROP DEFAULT", "column k of s.t is not"), ("ALTER TABLE s.t DROP COLUMN v", "column v of s.t is gone"),
        ("ALTER TABLE s.t ADD extra int", "column extra of s.t was made by no step"), ("DROP INDEX s.i", "index i of s.t is gone"),
        ("ALTER TABLE s.t DISABLE TRIGGER g", "trigger g of s.t is not"), ("GRANT DELETE ON s.t TO pg_monitor", "relation s.t is not"),
        ("ALTER TYPE s.kind ADD VALUE 'c'", "type s.kind is not"),
        ("CREATE OR REPLACE VIEW s.w AS SELECT id + 0 AS id FROM s.t", "relation s.w is not"),
        ("CREATE OR REPLACE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "function s.f() is not"),
        ("DROP POLICY p ON s.t", "policy p of s.t is gone"), ("ALTER SEQUENCE s.q INCREMENT 2", "sequence s.q is not"),
        ("ALTER TABLE s.t ADD CHECK (id < 9) NOT VALID", "constraint t_id_check of s.t was made by no step"),
        ("ALTER DOMAIN s.positive DROP CONSTRAINT positive_check", "type s.positive is not"),
        ("CREATE TABLE s.other (a int)", "relation s.other was made by no step"),
        ("SELECT 1", ""),
    ])
    func changesByHandShow(change: String, said: String) async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.steps)
        _ = try await migrator.up()
        _ = try await database.rows(change + "; SELECT 1")
        let findings = try await migrator.drift().findings.map(\.problem.message)
        #expect(said.isEmpty ? findings.isEmpty : findings.contains { $0.hasPrefix(said) }, "\(findings)")
        #expect(findings.count <= 2)
        #expect(
            try await database.rows(
                "SELECT count(*) FROM pg_database WHERE datname = 'domainflow_replay_\(migrator.connection.backendPID)'") == ["0"])
    }

    @Test func whatCannotBeReplayedIsSaid() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(["0001_r.sql": "CREATE ROLE \(database.name)_once"])
        _ = try await migrator.up()
        let error = try await #require(throws: MigrationError.self) { try await migrator.drift() }
        #expect(
            error.description.contains("the steps cannot be replayed: ERROR: role")
                && error.description.contains("definitions were not compared"))
        #expect(
            try await database.rows(
                "SELECT count(*) FROM pg_database WHERE datname = 'domainflow_replay_\(migrator.connection.backendPID)'") == ["0"])
    }

    @Test func theDatabaseIsReplacedInEveryKindOfConnectionString() {
        #expect(Migrator.conninfo("host=/x dbname=a", database: "b") == "host=/x dbname=a dbname=b")
        #expect(Migrator.conninfo("postgresql:///a", database: "b") == "postgresql:///a?dbname=b")
        #expect(Migrator.conninfo("postgres://h/a?user=u", database: "b") == "postgres://h/a?user=u&dbname=b")
    }
}
