import Foundation
import PQClient
import TestSupport
import Testing

@testable import Migrations

/// Directories of other tools.
@Suite struct ImportTests {
    private func imported(_ files: [String: String], _ format: ImportFormat? = nil, replacing: [(text: String, with: String)] = []) throws
        -> ImportedDirectory
    {
        let root = FileManager.default.temporaryDirectory.appending(path: "import-\(UInt32.random(in: 0...UInt32.max))")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try ImportedDirectory(directory: root, format: format, replacing: replacing)
    }

    @Test func flyway() throws {
        let found = try imported([
            "V1__first table.sql": "CREATE TABLE ${space}.t (a text DEFAULT '${word}');\n", "V1.10__later.sql": "SELECT 10;\n",
            "sub/V1.2__earlier.sql": "SELECT 2;\n", "U1.2__earlier.sql": "SELECT -2;\n",
            "R__views.sql": "CREATE OR REPLACE VIEW s.v AS SELECT 1;\n",
            "B1__base.sql": "SELECT 0;\n",
        ])
        #expect(found.format == .flyway)
        #expect(
            found.files == [
                "0001_first_table.sql": "CREATE TABLE :\"space\".t (a text DEFAULT :'word');\n", "0002_earlier.sql": "SELECT 2;\n",
                "0002_earlier.down.sql": "SELECT -2;\n", "0003_later.sql": "SELECT 10;\n",
                "R_views.sql": "CREATE OR REPLACE VIEW s.v AS SELECT 1;\n",
            ])
        #expect(found.problems.map(\.message) == ["a baseline migration was left out"])
    }

    @Test func golangMigrateAndPop() throws {
        let found = try imported([
            "000007_a.up.sql": "BEGIN;\n\n-- why\nCREATE TABLE a (id int);\nCOMMIT;\n", "000007_a.down.sql": "DROP TABLE a;\n",
            "000009_b.up.sql": "SELECT 'any';\n", "000009_b.postgres.up.sql": "SELECT 'pg';\n", "000009_b.mysql.up.sql": "SELECT `my`;\n",
        ])
        #expect(found.format == .golangMigrate && found.problems.isEmpty && found.lastNumber == 9)
        #expect(
            found.files == [
                "0007_a.sql": "\n-- why\nCREATE TABLE a (id int);\n", "0007_a.down.sql": "DROP TABLE a;\n", "0009_b.sql": "SELECT 'pg';\n",
            ])
    }

    @Test func dbmateAndGoose() throws {
        let dbmate = try imported([
            "20240101000000_a.sql":
                "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n-- migrate:down\nDROP INDEX i;\n"
        ])
        #expect(dbmate.format == .dbmate)
        #expect(
            dbmate.files == [
                "20240101000000_a.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
                "20240101000000_a.down.sql": "DROP INDEX i;\n",
            ])
        let goose = try imported([
            "00001_f.sql":
                "-- +goose Up\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql;\n-- +goose StatementEnd\n-- +goose Down\nDROP FUNCTION f();\n"
        ])
        #expect(goose.format == .goose)
        #expect(goose.files["00001_f.sql"] == nil && goose.files["0001_f.down.sql"] == "DROP FUNCTION f();\n")
        #expect(goose.files["0001_f.sql"] == "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql;\n")
    }

    @Test func sqitchFollowsItsPlan() throws {
        let found = try imported([
            "sqitch.plan": """
            %syntax-version=1.0.0
            %project=p

            users 2024-01-01T00:00:00Z a <a@b.c> # first
            roles [users] 2024-01-02T00:00:00Z a <a@b.c>
            @v1 2024-01-03T00:00:00Z a <a@b.c>
            users [users@v1] 2024-01-04T00:00:00Z a <a@b.c> # reworked
            """,
            "deploy/users@v1.sql": "BEGIN;\nSELECT 1;\nCOMMIT;\n", "deploy/roles.sql": "SELECT 2;\n", "deploy/users.sql": "SELECT 3;\n",
            "revert/users.sql": "SELECT -3;\n", "verify/users.sql": "SELECT 1/0;\n",
        ])
        #expect(found.format == .sqitch)
        #expect(
            found.files == [
                "0001_users.sql": "SELECT 1;\n", "0002_roles.sql": "SELECT 2;\n", "0003_users.sql": "SELECT 3;\n",
                "0003_users.down.sql": "SELECT -3;\n",
            ])
    }

    @Test func templatesAndLongNumbers() throws {
        let found = try imported(
            [
                "20191100000001000001_b.autocommit.up.sql": "CREATE INDEX CONCURRENTLY i ON a (id);\n",
                "20191100000001000000_a.up.sql": "COMMENT ON TABLE {{ s }}.a IS 'of {{ s }}';\n",
                "20191100000001000000_a.cockroach.up.sql": "no;\n",
                "20191100000001000002_c.mysql.up.sql": "no;\n", "20191100000001000002_c.down.sql": "no;\n",
            ], replacing: [("{{ s }}", "app")])
        #expect(found.problems.isEmpty, "\(found.problems)")
        #expect(
            found.files == [
                "0001_a.sql": "COMMENT ON TABLE app.a IS 'of app';\n",
                "0002_b.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON a (id);\n",
            ])
    }

    @Test func dieselComparesVersionsAsTexts() throws {
        let found = try imported(["2019-02-26-002946_b/up.sql": "SELECT 2;\n", "2019-01-26-002946-0001_a/up.sql": "SELECT 1;\n"])
        #expect(found.files.sorted { $0.key < $1.key }.map(\.value) == ["SELECT 1;\n", "SELECT 2;\n"])
        #expect(found.lastNumber == 201_902_260_029_460_000)
    }

    @Test func diesel() throws {
        let found = try imported([
            "2019-02-26-002946_create_user/up.sql": "SELECT 1;\n", "2019-02-26-002946_create_user/down.sql": "SELECT 2;\n",
        ])
        #expect(found.format == .diesel)
        #expect(found.files.keys.sorted() == ["20190226002946_create_user.down.sql", "20190226002946_create_user.sql"])
    }

    /// A file that must run outside a transaction, in pieces, goes up and down as steps.
    @Test func aFileBecomesSeveralStepsWhereItMust() async throws {
        let found = try imported([
            "1_t.up.sql":
                "CREATE TABLE public.t (id int);\nCREATE INDEX CONCURRENTLY i ON public.t (id);\nCOPY public.t FROM stdin;\n1\n\\.\nINSERT INTO public.t VALUES (2);\n",
            "1_t.down.sql": "DROP TABLE public.t;\n", "2_u.up.sql": "SELECT 1;\n",
        ])
        #expect(found.problems.isEmpty, "\(found.problems)")
        #expect(
            found.files.keys.sorted() == [
                "0001_t_1.down.sql", "0001_t_1.sql", "0002_t_2.down.sql", "0002_t_2.sql", "0003_t_3.down.sql", "0003_t_3.sql", "0004_u.sql",
            ])
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(found.files)
        #expect(try await migrator.up().count == 4)
        #expect(try await database.rows("SELECT count(*) FROM public.t") == ["2"])
        _ = try await migrator.repair(.forget(4))
        _ = try await migrator.down(target: 0)
        #expect(try await database.rows("SELECT to_regclass('public.t') IS NULL") == ["t"])
    }

    @Test func whatNeedsAHandIsNamed() throws {
        let found = try imported(["1_t.up.sql": "SELECT 'is ${word} there';\n\\echo hello\n"])
        #expect(found.problems.map(\.line) == [2, 1], "\(found.problems)")
        #expect(throws: MigrationError.self) { try imported(["readme.txt": ""]) }
        #expect(throws: MigrationError.self) { try imported(["1_t.sql": "SELECT 1"], .flyway) }
    }
}
