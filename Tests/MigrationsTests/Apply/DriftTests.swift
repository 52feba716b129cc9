import PQClient
import Testing

@testable import Migrations

/// Changes by hand of each kind of object after `up`: `verify --replay` names each of them, and nothing else.
@Suite struct DriftTests {
    private static let steps = [
        "0001_a.sql": """
        CREATE SCHEMA s;
        CREATE TYPE s.kind AS ENUM ('a', 'b'); CREATE TYPE s.mood AS ENUM ('good'); CREATE TYPE s.pair AS (x int, y int);
        CREATE DOMAIN s.positive AS int CHECK (VALUE > 0); CREATE TYPE s.span AS RANGE (subtype = int4); CREATE TYPE s.reach AS RANGE (subtype = int4);
        CREATE TABLE s.other (id int PRIMARY KEY);
        CREATE TABLE s.t (
            id int PRIMARY KEY, k s.kind DEFAULT 'a', v s.positive, note text, gone int, size int NOT NULL,
            o int CONSTRAINT t_o_fkey REFERENCES s.other, CONSTRAINT small CHECK (size < 100), CONSTRAINT odd CHECK (id > 0)
        );
        CREATE TABLE s.away (id int); CREATE TABLE s.parted (id int) PARTITION BY RANGE (id);
        CREATE TABLE s.safe (id int); ALTER TABLE s.safe ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON s.safe USING (id > 0); CREATE POLICY q ON s.safe USING (id > 1);
        CREATE INDEX i ON s.t (note); CREATE INDEX j ON s.t (size); CREATE STATISTICS s.st ON id, size FROM s.t;
        CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION s.g(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; CREATE FUNCTION s.h(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
        CREATE PROCEDURE s.run() LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int);
        CREATE TRIGGER tr BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.f(); CREATE TRIGGER tr2 BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.f();
        CREATE RULE r AS ON DELETE TO s.other DO INSTEAD NOTHING;
        CREATE VIEW s.w AS SELECT id FROM s.other; CREATE VIEW s.x AS SELECT id FROM s.other; CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.other;
        CREATE SEQUENCE s.q; CREATE SEQUENCE s.q2; CREATE OPERATOR s.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
        CREATE COLLATION s.c (provider = libc, locale = 'C'); CREATE TEXT SEARCH CONFIGURATION s.ts (COPY = simple);
        CREATE FUNCTION s.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION s.e();
        CREATE PUBLICATION pub FOR TABLE s.t; COMMENT ON TABLE s.other IS 'others'; COMMENT ON INDEX s.i IS 'finds notes';
        GRANT SELECT ON s.other TO pg_monitor;
        """
    ]

    private static let manipulations: [(sql: String, named: String)] = [
        ("DROP TABLE s.away", "relation s.away is gone"),
        ("CREATE TABLE s.extra (id int)", "relation s.extra was made by no step"),
        ("ALTER TABLE s.t DROP COLUMN gone", "column gone of s.t is gone"),
        ("ALTER TABLE s.t ADD COLUMN more int", "column more of s.t was made by no step"),
        ("ALTER TABLE s.t ALTER note TYPE varchar(9)", "column note of s.t is not as the steps made it"),
        ("ALTER TABLE s.t ALTER k DROP DEFAULT", "column k of s.t is not"),
        ("ALTER TABLE s.t ALTER size DROP NOT NULL", "column size of s.t is not"),
        ("ALTER TABLE s.t DROP CONSTRAINT small", "constraint small of s.t is gone"),
        ("ALTER TABLE s.t ADD CONSTRAINT more CHECK (id < 9) NOT VALID", "constraint more of s.t was made by no step"),
        ("ALTER TABLE s.t DROP CONSTRAINT odd, ADD CONSTRAINT odd CHECK (id > 1)", "constraint odd of s.t is not"),
        ("DROP INDEX s.j", "index j of s.t is gone"),
        ("CREATE INDEX more ON s.t (id, size)", "index more of s.t was made by no step"),
        ("COMMENT ON INDEX s.i IS NULL", "index i of s.t is not"),
        ("DROP STATISTICS s.st", "statistics s.st is gone"),
        ("DROP TRIGGER tr2 ON s.t", "trigger tr2 of s.t is gone"),
        ("ALTER TABLE s.t DISABLE TRIGGER tr", "trigger tr of s.t is not"),
        ("CREATE TRIGGER more AFTER DELETE ON s.t FOR EACH ROW EXECUTE FUNCTION s.f()", "trigger more of s.t was made by no step"),
        ("ALTER TABLE s.t DISABLE TRIGGER ALL", "relation s.t is not as the steps made it"),
        ("DROP RULE r ON s.other", "rule r of s.other is gone"),
        ("DROP POLICY p ON s.safe", "policy p of s.safe is gone"),
        ("ALTER POLICY q ON s.safe USING (true)", "policy q of s.safe is not"),
        ("CREATE POLICY more ON s.safe USING (true)", "policy more of s.safe was made by no step"),
        ("ALTER TABLE s.safe DISABLE ROW LEVEL SECURITY", "relation s.safe is not"),
        ("DROP VIEW s.x", "relation s.x is gone"),
        ("CREATE OR REPLACE VIEW s.w AS SELECT id + 0 AS id FROM s.other", "relation s.w is not"),
        ("CREATE VIEW s.fresh AS SELECT 1 AS a", "relation s.fresh was made by no step"),
        ("DROP MATERIALIZED VIEW s.m", "relation s.m is gone"),
        ("DROP FUNCTION s.h(int)", "function s.h(integer) is gone"),
        ("CREATE OR REPLACE FUNCTION s.g(int) RETURNS int LANGUAGE sql AS 'SELECT 2'", "function s.g(integer) is not"),
        ("ALTER FUNCTION s.f() SECURITY DEFINER", "function s.f() is not"),
        ("CREATE FUNCTION s.more() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function s.more() was made by no step"),
        ("DROP PROCEDURE s.run()", "function s.run() is gone"), ("DROP AGGREGATE s.total(int)", "function s.total(integer) is gone"),
        ("ALTER TYPE s.kind ADD VALUE 'c'", "type s.kind is not"), ("DROP TYPE s.mood", "type s.mood is gone"),
        ("CREATE TYPE s.more AS ENUM ('x')", "type s.more was made by no step"),
        ("ALTER TYPE s.pair ADD ATTRIBUTE z int", "column z of s.pair was made by no step"),
        ("ALTER DOMAIN s.positive DROP CONSTRAINT positive_check", "type s.positive is not"), ("DROP TYPE s.span", "type s.span is gone"),
        ("ALTER SEQUENCE s.q INCREMENT 2", "sequence s.q is not"), ("DROP SEQUENCE s.q2", "sequence s.q2 is gone"),
        ("CREATE SEQUENCE s.q3", "sequence s.q3 was made by no step"),
        ("DROP OPERATOR s.=== (int, int)", "operator s.===(integer,integer) is gone"),
        ("DROP COLLATION s.c", "collation s.c is gone"), ("DROP TEXT SEARCH CONFIGURATION s.ts", "text search configuration s.ts is gone"),
        ("ALTER EVENT TRIGGER et DISABLE", "event trigger et is not"),
        ("CREATE EVENT TRIGGER more ON sql_drop EXECUTE FUNCTION s.e()", "event trigger more was made by no step"),
        ("ALTER PUBLICATION pub ADD TABLE s.parted", "publication pub is not"),
        ("REVOKE SELECT ON s.other FROM pg_monitor", "relation s.other is not"),
        ("GRANT USAGE ON SCHEMA s TO pg_monitor", "schema s is not"),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO pg_monitor", "default privileges in s on r"),
    ]

    @Test func everyChangeByHandIsNamed() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.steps)
        _ = try await migrator.up()
        let before = try await migrator.drift()
        #expect(before.findings.isEmpty && before.elsewhere.isEmpty)
        for change in Self.manipulations { _ = try await database.rows(change.sql + "; SELECT 1") }
        let drift = try await migrator.drift()
        let said = drift.findings.map(\.problem.message) + drift.elsewhere
        let expected = Self.manipulations.map(\.named)
        for named in expected { #expect(said.contains { $0.hasPrefix(named) }, "\(named)") }
        for message in said { #expect(expected.contains { message.hasPrefix($0) }, "\(message)") }
    }

    @Test func whatMayBelongToOthersIsListedApart() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TABLE public.parted (id int) PARTITION BY RANGE (id);"
        ])
        _ = try await migrator.up()
        _ = try await database.rows(
            "CREATE SCHEMA theirs; CREATE TABLE theirs.t (id serial PRIMARY KEY); CREATE TABLE public.parted_1 PARTITION OF public.parted DEFAULT; SELECT 1"
        )
        let drift = try await migrator.drift()
        #expect(drift.findings.isEmpty, "\(drift.findings)")
        #expect(drift.elsewhere == ["schema theirs"])
    }

    @Test func aBaselineTakesNoOtherIndexForItsOwn() async throws {
        let steps = [
            "0001_t.sql": "CREATE TABLE public.t (a int, b int)",
            "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON public.t (a)",
        ]
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(steps)
        for (made, said) in [
            ("CREATE TABLE public.t (a int, b int)", "does not exist"), ("CREATE INDEX i ON public.t (b)", "has another definition"),
        ] {
            _ = try await database.rows(made + "; SELECT 1")
            let error = try await #require(throws: MigrationError.self) { try await migrator.baseline(target: 2) }
            #expect(error.kind == .drift && error.problems[0].message.contains(said), "\(error)")
        }
        _ = try await database.rows("DROP INDEX public.i; CREATE INDEX i ON public.t (a); SELECT 1")
        #expect(try await migrator.baseline(target: 2) == ["0001_t", "0002_i"])
    }
}
