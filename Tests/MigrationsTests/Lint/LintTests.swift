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
        ("CREATE TABLE t (a int);", "unqualified-create", 1),
        ("CREATE UNLOGGED TABLE IF NOT EXISTS t (a int);", "unqualified-create", 1),
        ("CREATE OR REPLACE VIEW v AS SELECT 1;", "unqualified-create", 1),
        (
            "CREATE FUNCTION a.f() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';\nREVOKE ALL ON FUNCTION a.g, a.f() FROM PUBLIC;",
            "definer-without-search-path", 1
        ),
        ("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "public-execute", 1),
        ("SELECT 1;\nCREATE PROCEDURE \"A\".f() LANGUAGE sql AS 'SELECT 1';", "public-execute", 2),
    ])
    func findings(text: String, rule: String, line: Int) throws {
        let findings = try lint(text)
        #expect(findings.map(\.rule.rawValue) == [rule], "\(findings)")
        #expect(findings.first?.line == line)
        #expect(findings.first?.rule.advice.isEmpty == false)
    }

    @Test(arguments: [
        "CREATE TABLE a.t (b int); CREATE INDEX i ON a.t (b); ALTER TABLE a.t ADD c int NOT NULL; DROP TABLE a.t;",
        "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON a.t (b);",
        "--! lock-timeout: 1s\nALTER TABLE a.t ADD b int NOT NULL DEFAULT 0, ADD c numeric(3, 1) GENERATED ALWAYS AS (1) STORED;",
        "--! lock-timeout: 1s\nALTER TABLE a.t ADD CONSTRAINT c CHECK (b > 0) NOT VALID, DROP CONSTRAINT d;",
        "--! lock-timeout: 1s\nALTER TABLE a.t ADD CONSTRAINT c UNIQUE USING INDEX i, ALTER b DROP NOT NULL;",
        "--! lock-timeout: 1s\n--! phase: contract\nALTER TABLE a.t DROP COLUMN b; DROP TABLE a.u; ALTER TABLE a.t RENAME b TO c;",
        "--! allow: index-without-concurrently the table has four rows\nCREATE INDEX i ON a.t (b);",
        "CREATE FUNCTION a.f() RETURNS int SECURITY DEFINER SET search_path = pg_catalog, pg_temp LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION a.f FROM PUBLIC;",
        "DROP FUNCTION a.f(int); CREATE FUNCTION a.f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION a.f FROM PUBLIC; GRANT EXECUTE ON FUNCTION a.f(int) TO x;",
        "CREATE TEMP TABLE t (a int); CREATE SCHEMA s; CREATE ROLE r;",
        "ALTER INDEX a.i SET (fillfactor = 90); DROP ROLE r; INSERT INTO a.t VALUES (1)",
    ])
    func nothingToFind(text: String) throws {
        #expect(try lint(text).isEmpty)
    }

    @Test func releasedStepsAreLeftAloneUnlessAsked() throws {
        let text = "CREATE TABLE t (a int);"
        let checksum = try StepSource(files: ["0001_a.sql": text]).load().steps[0].checksum
        let set = try StepSource(files: ["0001_a.sql": text, "migrations.lock": "0001_a \(checksum) 0.1.0"]).load()
        #expect(try Lint.findings(in: set).isEmpty)
        #expect(try Lint.findings(in: set, all: true).count == 1)
    }

    @Test func anIncludedFileIsNamed() throws {
        let findings = try lint(
            "--! include f/f.sql", before: ["f/f.sql": "-- head\nCREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"])
        #expect(findings.map { "\($0.file):\($0.line)" } == ["f/f.sql:2"])
    }
}
