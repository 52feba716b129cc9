import Testing

@testable import Migrations

@Suite struct LintTests {
    private func lint(_ text: String, before: [String: String] = [:]) throws -> [LintFinding] {
        try Lint.findings(in: StepSource(files: before.merging(["0009_x.sql": text]) { $1 }).load())
    }

    @Test(arguments: [
        ("CREATE INDEX i ON a.t (b);", "index-without-concurrently", 1),
        ("--! lock-timeout: 1s\nALTER TABLE a.t\n  ADD COLUMN b int NOT NULL;", "not-null-without-default", 3),
        ("ALTER TABLE a.t ADD COLUMN b int;", "missing-lock-timeout", 1),
        ("--! lock-timeout: 1s\nALTER TABLE IF EXISTS ONLY a.t ADD b uuid DEFAULT gen_random_uuid();", "volatile-default", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ADD b bigserial;", "volatile-default", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ADD b bigint GENERATED ALWAYS AS IDENTITY;", "volatile-default", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ALTER COLUMN b TYPE bigint;", "column-type-change", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ALTER b SET NOT NULL;", "set-not-null", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ADD CONSTRAINT c CHECK (b > 0);", "constraint-without-not-valid", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t\n ADD c int,\n ADD UNIQUE (a, b);", "constraint-without-not-valid", 4),
        ("--! lock-timeout: 1s\nALTER TABLE a.t DROP COLUMN b;", "drop-in-expand", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t RENAME b TO c;", "drop-in-expand", 2),
        ("DROP TABLE IF EXISTS a.t;", "drop-in-expand", 1),
        (
            "SELECT 1;\nDROP FUNCTION a.f(int);\nCREATE FUNCTION a.f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';\nREVOKE ALL ON FUNCTION a.f FROM PUBLIC;",
            "drop-create-function", 2
        ),
        ("CREATE TABLE t (a int PRIMARY KEY);", "unqualified-create", 1),
        ("CREATE UNLOGGED TABLE IF NOT EXISTS t (a int PRIMARY KEY);", "unqualified-create", 1),
        ("CREATE OR REPLACE VIEW v AS SELECT 1;", "unqualified-create", 1),
        (
            "CREATE FUNCTION a.f() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';\nREVOKE ALL ON FUNCTION a.g, a.f() FROM PUBLIC;",
            "definer-without-search-path", 1
        ),
        ("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "public-execute", 1),
        ("TRUNCATE TABLE a.t;", "deletes-all-rows", 1), ("DELETE FROM ONLY a.t;", "deletes-all-rows", 1),
        ("UPDATE a.t SET b = 1;", "updates-all-rows", 1), ("VACUUM FULL a.t;", "table-rewrite", 1),
        ("VACUUM (ANALYZE, FULL) a.t;", "table-rewrite", 1),
        ("CLUSTER a.t USING i;", "table-rewrite", 1), ("--! lock-timeout: 1s\nALTER TABLE a.t SET TABLESPACE fast;", "table-rewrite", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t SET UNLOGGED;", "table-rewrite", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ADD c int GENERATED ALWAYS AS (1) STORED;", "table-rewrite", 2),
        ("REINDEX TABLE a.t;", "reindex-without-concurrently", 1),
        ("REFRESH MATERIALIZED VIEW a.v;", "refresh-without-concurrently", 1),
        ("DROP INDEX IF EXISTS a.i;", "drop-index-without-concurrently", 1),
        ("--! lock-timeout: 1s\nALTER TABLE a.t DETACH PARTITION a.p;", "detach-without-concurrently", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ADD COLUMN o bigint REFERENCES a.o (id);", "constraint-without-not-valid", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t ADD COLUMN q int UNIQUE;", "constraint-without-not-valid", 2),
        (
            "--! lock-timeout: 1s\nALTER TABLE a.t ADD CONSTRAINT c CHECK (b > 0) NOT VALID;\nALTER TABLE a.t VALIDATE CONSTRAINT c;",
            "validate-in-same-step", 3
        ),
        ("ALTER TYPE a.k ADD VALUE 'z';\nINSERT INTO a.x\n VALUES ('z');", "enum-value-used", 3),
        ("--! lock-timeout: 1s\nALTER TABLE a.t DISABLE TRIGGER ALL;", "guard-disabled", 2),
        ("--! lock-timeout: 1s\nALTER TABLE a.t DISABLE ROW LEVEL SECURITY;", "guard-disabled", 2),
        ("CREATE TABLE a.n (id int);", "missing-primary-key", 1),
        ("CREATE UNLOGGED TABLE IF NOT EXISTS a.n AS SELECT 1 AS id;", "missing-primary-key", 1),
        (
            "--! lock-timeout: 1s\nCREATE TRIGGER g BEFORE INSERT OR UPDATE OF b ON a.t FOR EACH ROW EXECUTE FUNCTION a.f();",
            "trigger-on-existing-table", 2
        ),
        (
            "--! allow: trigger-on-existing-table it is cheap\nCREATE CONSTRAINT TRIGGER g AFTER INSERT ON a.t EXECUTE FUNCTION a.f();",
            "missing-lock-timeout", 2
        ),
        ("GRANT ALL ON ALL TABLES IN SCHEMA a TO PUBLIC;", "grant-to-public", 1),
        ("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;", "grant-to-public", 1),
        ("LOCK TABLE a.t;", "missing-lock-timeout", 1), ("DROP MATERIALIZED VIEW a.v;", "drop-in-expand", 1),
        ("--! phase: contract\nDROP SCHEMA a CASCADE;", "cascade", 2), ("ALTER SCHEMA a RENAME TO b;", "drop-in-expand", 1),
        ("ALTER TYPE a.k RENAME VALUE 'a' TO 'b';", "drop-in-expand", 1), ("ALTER VIEW a.v SET SCHEMA b;", "drop-in-expand", 1),
        ("--! lock-timeout: 1s\nALTER TABLE a.t DROP CONSTRAINT c CASCADE;", "cascade", 2),
        ("SELECT 1;\nCREATE PROCEDURE \"A\".f() LANGUAGE sql AS 'SELECT 1';", "public-execute", 2),
    ])
    func findings(text: String, rule: String, line: Int) throws {
        let findings = try lint(text)
        #expect(findings.map(\.rule.rawValue) == [rule], "\(findings)")
        #expect(findings.first?.line == line)
        #expect(findings.first?.rule.advice.isEmpty == false)
    }

    @Test(arguments: [
        "CREATE TABLE a.t (b int PRIMARY KEY); CREATE INDEX i ON a.t (b); ALTER TABLE a.t ADD c int NOT NULL; DROP TABLE a.t;",
        "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON a.t (b);",
        "--! lock-timeout: 1s\nALTER TABLE a.t ADD b int NOT NULL DEFAULT 0, ADD c numeric(3, 1);",
        "CREATE TABLE a.t (b int PRIMARY KEY); TRUNCATE a.t; UPDATE a.t SET b = 1; DELETE FROM a.t; LOCK a.t; REFRESH MATERIALIZED VIEW CONCURRENTLY a.v;",
        "DELETE FROM a.t WHERE b = 1; UPDATE a.t SET b = 1 WHERE b = 2; GRANT SELECT ON a.t TO b; VACUUM a.t;",
        "--! transaction: no\nREINDEX INDEX CONCURRENTLY a.i;",
        "--! transaction: no\nDROP INDEX CONCURRENTLY a.i;", "--! transaction: no\nALTER TYPE a.k ADD VALUE 'z';",
        "--! lock-timeout: 1s\nALTER TABLE a.t VALIDATE CONSTRAINT c, DETACH PARTITION a.p CONCURRENTLY;",
        "--! allow: cascade nothing depends on it\n--! phase: contract\nDROP TABLE a.t CASCADE; ALTER INDEX a.i RENAME TO a.j;",
        "--! lock-timeout: 1s\nALTER TABLE a.t ADD CONSTRAINT c CHECK (b > 0) NOT VALID, DROP CONSTRAINT d;",
        "--! lock-timeout: 1s\nALTER TABLE a.t ADD CONSTRAINT c UNIQUE USING INDEX i, ALTER b DROP NOT NULL;",
        "--! lock-timeout: 1s\n--! phase: contract\nALTER TABLE a.t DROP COLUMN b; DROP TABLE a.u; ALTER TABLE a.t RENAME b TO c;",
        "--! allow: index-without-concurrently the table has four rows\nCREATE INDEX i ON a.t (b);",
        "CREATE FUNCTION a.f() RETURNS int SECURITY DEFINER SET search_path = pg_catalog, pg_temp LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION a.f FROM PUBLIC;",
        "DROP FUNCTION a.f(int); CREATE FUNCTION a.f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION a.f FROM PUBLIC; GRANT EXECUTE ON FUNCTION a.f(int) TO x;",
        "CREATE TABLE a.p PARTITION OF a.t DEFAULT; CREATE TABLE a.k (b int); ALTER TABLE ONLY a.k ADD PRIMARY KEY (b);",
        "CREATE TABLE a.l (LIKE a.t INCLUDING ALL); CREATE TABLE a.u (b int); CREATE TRIGGER g BEFORE INSERT ON a.u FOR EACH ROW EXECUTE FUNCTION a.f(); ALTER TABLE a.u ADD PRIMARY KEY (b);",
        "CREATE TEMP TABLE t (a int); CREATE SCHEMA s; CREATE ROLE r;",
        "ALTER INDEX a.i SET (fillfactor = 90); DROP ROLE r; INSERT INTO a.t VALUES (1)",
    ])
    func nothingToFind(text: String) throws {
        #expect(try lint(text).isEmpty)
    }

    @Test func releasedStepsAreLeftAloneUnlessAsked() throws {
        let text = "CREATE TABLE t (a int PRIMARY KEY);"
        let checksum = try StepSource(files: ["0001_a.sql": text]).load().steps[0].checksum
        let set = try StepSource(files: ["0001_a.sql": text, "migrations.lock": "0001_a \(checksum) 0.1.0"]).load()
        #expect(try Lint.findings(in: set).isEmpty)
        #expect(try Lint.findings(in: set, all: true).count == 1)
    }

    @Test func rulesAndStepsAreChosen() throws {
        let text = "TRUNCATE a.t; CREATE TABLE t (a int PRIMARY KEY);"
        let set = try StepSource(files: ["0001_a.sql": text, "0002_b.sql": text]).load()
        #expect(try Lint.findings(in: set, since: 2, without: [.deletesAllRows]).map { "\($0.step) \($0.severity)" } == ["0002_b notice"])
        let checksums = set.steps.map { "\($0.id) \($0.checksum) 0.1.0\n" }.joined()
        let released = try StepSource(files: ["0001_a.sql": text, "0002_b.sql": text, "migrations.lock": checksums]).load()
        #expect(try Lint.findings(in: released, since: 2).count == 2, "--since names them, so they are meant")
    }

    @Test func anIncludedFileIsNamed() throws {
        let findings = try lint(
            "--! include f/f.sql", before: ["f/f.sql": "-- head\nCREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"])
        #expect(findings.map { "\($0.file):\($0.line)" } == ["f/f.sql:2"])
    }
}
