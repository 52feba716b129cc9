import Foundation
import PQClient
import Testing

@testable import Migrations

/// A directory of steps that is deleted with the test.
final class StepDirectory {
    let root = URL(filePath: "/tmp/domainflow-steps-\(UUID().uuidString)")

    init(_ files: [String: String]) throws {
        for (path, text) in files { try write(path, text) }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func write(_ path: String, _ text: String) throws {
        let url = root.appending(path: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    func read(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

    func source() throws -> StepSource { try StepSource(directory: root.appending(path: "sql")) }
    func freeze() throws -> Freeze { Freeze(source: try source(), extensionDirectory: root.appending(path: "extension"), name: "thing") }
}

@Suite struct FreezeTests {
    private static func version(_ release: String) -> String {
        "CREATE OR REPLACE FUNCTION thing.version() RETURNS text LANGUAGE sql AS $$ SELECT '\(release)' $$;\n"
    }

    private func directory() throws -> StepDirectory {
        try StepDirectory([
            "sql/migrations/0001_a.sql": """
            --! config: thing.seed none
            --! config: thing.mixed WHERE NOT builtin
            CREATE SCHEMA thing;
            CREATE TABLE thing.seed (a int);
            INSERT INTO thing.seed VALUES (1);
            --! include functions/meta/version.sql
            --! include functions/f.sql
            --! include functions/g.sql
            CREATE TABLE thing.mixed (a int, builtin bool)
            """,
            "sql/migrations/0002_i.sql": "--! transaction: no\nCREATE UNIQUE INDEX CONCURRENTLY  mixed_a ON thing.mixed (a)",
            "sql/functions/meta/version.sql": Self.version("0.1.0"),
            "sql/functions/f.sql": "CREATE OR REPLACE FUNCTION thing.f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
            "sql/functions/g.sql": "CREATE OR REPLACE FUNCTION thing.g() RETURNS int LANGUAGE sql AS 'SELECT 3';\n",
        ])
    }

    @Test func roundTrip() async throws {
        let directory = try directory()
        let before = try directory.source().load()
        let written = try directory.freeze().freeze(release: "0.1.0", fingerprint: "sha256:v1:one")
        #expect(written.count == 6)
        let after = try directory.source().load()
        #expect(before.steps.map(\.checksum) == after.steps.map(\.checksum), "a database migrated before sees no change")
        #expect(after.steps.allSatisfy { !$0.hasOpenIncludes })
        #expect(try directory.read("sql/migrations/0001_a.sql").contains("--! include functions/f.sql @0.1.0\n"))
        #expect(after.lock.entries.map { "\($0.id) \($0.release)" } == ["0001_a 0.1.0", "0002_i 0.1.0"])
        #expect(try directory.freeze().check().isEmpty)

        let full = try directory.read("extension/thing--0.1.0.sql")
        #expect(full.contains("CREATE UNIQUE INDEX mixed_a ON thing.mixed (a);"))
        #expect(full.contains("CREATE TABLE thing.mixed (a int, builtin bool)\n;"))
        #expect(full.contains("(E'thing.mixed', E'WHERE NOT builtin')") && full.contains("(E'thing.seed', E'WHERE false')"))
        #expect(!full.contains("--!") && full.contains("\\echo Use \"CREATE EXTENSION thing\""))
        #expect(try directory.read("extension/thing.control").contains("default_version = '0.1.0'"))

        try directory.write(
            "sql/migrations/0003_f.sql",
            "--! include functions/f.sql\n--! include functions/meta/version.sql\n--! include functions/g.sql\n")
        for file in ["functions/f.sql", "functions/meta/version.sql"] {
            let copy = try directory.freeze().supersede(file)
            #expect(try copy.count == 1 && directory.freeze().check()[0].message.contains("still has the same text"))
            try directory.write("sql/" + file, "-- Edited soon.\n" + directory.read("sql/" + file))
            #expect(try directory.freeze().supersede(file).isEmpty, "kept once")
        }
        try directory.write("sql/functions/f.sql", "CREATE OR REPLACE FUNCTION thing.f() RETURNS int LANGUAGE sql AS 'SELECT 2';\n")
        try directory.write("sql/functions/meta/version.sql", Self.version("0.2.0"))
        try directory.write("extension/thing.control", "comment = 'mine'\ndefault_version = '0.1.0'\n")
        #expect(try directory.freeze().check().isEmpty)
        _ = try directory.freeze().freeze(release: "0.2.0", fingerprint: "sha256:v1:two")
        #expect(try directory.source().load().steps[0].checksum == before.steps[0].checksum)
        #expect(
            try directory.read("sql/migrations/0003_f.sql")
                == "--! include functions/f.sql @0.2.0\n--! include functions/meta/version.sql @0.2.0\n--! include functions/g.sql @0.1.0\n",
            "g is as 0.1.0 froze it")
        #expect(try directory.read("sql/migrations.lock").hasSuffix("fingerprint 0.1.0 sha256:v1:one\nfingerprint 0.2.0 sha256:v1:two\n"))
        let update = try directory.read("extension/updates/thing--0.1.0--0.2.0.sql")
        #expect(update.contains("SELECT 2") && !update.contains("SELECT 1'") && !update.contains("CREATE TABLE"))
        #expect(throws: (any Error).self, "only the newest full script is kept") { try directory.read("extension/thing--0.1.0.sql") }
        let again = try directory.freeze().writeScripts(of: "0.1.0", into: directory.root.appending(path: "old"))
        #expect(try again.count == 2 && directory.read("old/thing--0.1.0.sql") == full, "any release's can be written again")
        #expect(throws: MigrationError.self) { try directory.freeze().writeScripts(of: "0.1.1", into: directory.root) }
        #expect(try directory.read("extension/thing.control") == "comment = 'mine'\ndefault_version = '0.2.0'\n")
        #expect(try directory.freeze().check().isEmpty)
        #expect(try directory.freeze().freeze(release: "0.2.0").count == 5, "the scripts can be written again")

        let plain = try directory.read("extension/thing-0.2.0.plain.sql")
        let (first, second) = (try await TestDatabase.make(), try await TestDatabase.make())
        let applied = try await Migrator(connection: first.connect(), source: directory.source(), project: "thing").up()
        #expect(applied.map(\.release) == ["0.1.0", "0.1.0", "0.2.0"])
        let connection = try await second.connect()
        _ = try await connection.execute(plain.replacing("\\set ON_ERROR_STOP on", with: ""))
        for database in [first, second] {
            #expect(
                try await database.rows(
                    "SELECT thing.f(), thing.version(), (SELECT count(*) FROM thing.seed), to_regclass('thing.mixed_a')") == [
                        "2|0.2.0|1|thing.mixed_a"
                    ])
        }
    }

    /// The runner and the scripts make the same of a directory whose steps change settings.
    @Test func settingsEndWithTheirStepInScriptsToo() async throws {
        let directory = try StepDirectory([
            "sql/0001_a.sql": "CREATE SCHEMA one;\nSET search_path = one;\nCREATE TABLE a (id int);",
            "sql/0002_b.sql": "CREATE TABLE b (id int);\nDO $$ BEGIN SET search_path = one; END $$;",
            "sql/0003_c.sql": "CREATE TABLE c (id int);\nSELECT SET_CONFIG('search_path', 'one', false);\nSET work_mem = '3MB';",
            "sql/0004_d.sql": "CREATE TABLE d (m text DEFAULT current_setting('work_mem'));\nSET ROLE pg_monitor;",
            "sql/0006_f.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET search_path = one; RETURN 1; END $$;",
            "sql/0007_g.sql": "SELECT f();", "sql/0008_h.sql": "CREATE TABLE h (id int);",
            "sql/0005_e.sql": "CREATE TABLE e AS SELECT current_setting('work_mem') AS m, current_user = session_user AS me;",
        ])
        _ = try directory.freeze().freeze(release: "1.0")
        let plain = try directory.read("extension/thing-1.0.plain.sql")
        let (first, second) = (try await TestDatabase.make(), try await TestDatabase.make())
        _ = try await Migrator(connection: first.connect(), source: directory.source(), project: "thing").up()
        let connection = try await second.connect()
        _ = try await connection.execute(plain.replacing("\\set ON_ERROR_STOP on", with: ""))
        let catalog = """
            SELECT c.oid::regclass, pg_get_userbyid(c.relowner) = current_user, e.m, e.me FROM pg_class AS c, e \
            WHERE c.relkind = 'r' AND relnamespace IN (to_regnamespace('public'), to_regnamespace('one')) ORDER BY c.oid::regclass::text
            """
        let runner = try await first.rows(catalog)
        #expect(runner.map { $0.split(separator: "|")[0] } == ["b", "c", "d", "e", "h", "one.a"])
        #expect(runner.allSatisfy { $0.hasSuffix("|t|4MB|t") }, "\(runner)")
        #expect(try await second.rows(catalog) == runner)
        #expect(try await connection.execute("SHOW search_path")[0].first?.text(0) == "\"$user\", public")
        let quiet = try StepDirectory(["sql/0001_a.sql": "CREATE SCHEMA one; DO $$ BEGIN PERFORM 1; END $$; SELECT 1; UPDATE a SET b = 1;"])
        _ = try quiet.freeze().freeze(release: "1.0")
        #expect(!(try quiet.read("extension/thing-1.0.plain.sql").contains("$settings$")), "nothing to end")
    }

    /// The steps themselves would only find that the schema is taken.
    @Test func aSecondInstallationIsRefused() async throws {
        let directory = try directory()
        _ = try directory.freeze().freeze(release: "0.1.0")
        let plain = try directory.read("extension/thing-0.1.0.plain.sql").replacing("\\set ON_ERROR_STOP on", with: "")
        let connection = try await TestDatabase.make().connect()
        _ = try await connection.execute(plain)
        let error = await #expect(throws: PostgresError.self) { try await connection.execute(plain) }
        #expect(error?.sqlState == "42710" && error?.message == "thing is installed in this database already")
    }

    /// Whoever made the database chose the path, and the types in it.
    @Test func scriptsLookUpNoNameInTheDatabasesPath() async throws {
        let directory = try StepDirectory([
            "sql/0001_a.sql": "CREATE TABLE public.a (id pg_catalog.int4);\nSET work_mem = '3MB';\nSET search_path = trap, pg_catalog;",
            "sql/0002_b.sql": "CREATE TABLE public.b (id pg_catalog.int4);",
        ])
        _ = try directory.freeze().freeze(release: "1.0")
        let plain = try directory.read("extension/thing-1.0.plain.sql")
        let connection = try await TestDatabase.make().connect()
        try await connection.execute(
            """
            CREATE SCHEMA trap; CREATE TABLE trap.seen (t pg_catalog.text);
            CREATE FUNCTION trap.see(pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO trap.seen VALUES ($1); RETURN true; END $$;
            CREATE DOMAIN trap.text AS pg_catalog.text CHECK (trap.see(VALUE::pg_catalog.text));
            CREATE DOMAIN trap.jsonb AS pg_catalog.jsonb CHECK (trap.see(VALUE::pg_catalog.text));
            CREATE DOMAIN trap.record AS pg_catalog.text CHECK (trap.see(VALUE::pg_catalog.text));
            SET search_path = trap, pg_catalog
            """)
        _ = try await connection.execute(plain.replacing("\\set ON_ERROR_STOP on", with: ""))
        #expect(try await connection.execute("SELECT count(*) FROM trap.seen")[0].first?.text(0) == "0")
        #expect(try await connection.execute("SHOW search_path")[0].first?.text(0) == "trap, pg_catalog")
    }

    @Test func whatCannotBeReleased() throws {
        func problem(_ release: String = "0.1.0", _ change: (StepDirectory) throws -> Void) throws -> String {
            let directory = try directory()
            try change(directory)
            let before = try directory.read("sql/migrations/0001_a.sql")
            let error = try #require(throws: MigrationError.self) { try directory.freeze().freeze(release: release) }
            #expect(error.kind == .badInput)
            #expect(try directory.read("sql/migrations/0001_a.sql") == before, "nothing is written")
            return error.description
        }
        #expect(try problem("0.2.0") { _ in }.contains("version() does not return '0.2.0'"))
        #expect(try problem("next") { _ in }.contains("not a release number"))
        #expect(
            try problem { try $0.write("sql/migrations/0003_s.sql", "INSERT INTO thing.other VALUES (1)") }
                .contains("0003_s.sql:1: seed rows for thing.other"))
        #expect(
            try problem { try $0.write("sql/migrations/0003_s.sql", "--! transaction: no\nALTER SYSTEM SET work_mem = '5MB'") }
                .contains("an extension script cannot contain it"))
        #expect(
            try problem { try $0.write("sql/migrations/0003_s.sql", "COPY thing.seed FROM STDIN;\n1\n\\.\n") }
                .contains("0003_s.sql:1: COPY … FROM STDIN, which an extension script cannot contain"))
        #expect(
            try problem { try $0.write("sql/migrations/0003_s.sql", "SELECT 1;\nSELECT :'owner';") }
                .contains("0003_s.sql:2: placeholder \"owner\", which an extension script cannot contain"))
        #expect(
            try problem { try $0.write("sql/migrations/R_view.sql", "CREATE OR REPLACE VIEW thing.v AS SELECT 1") }
                .contains("R_view.sql:1: a repeatable step belongs to no release"))
        #expect(
            try problem("0.1.0") {
                _ = try $0.freeze().freeze(release: "0.1.0")
                try $0.write("sql/migrations/0003_s.sql", "SELECT 1")
            }.contains("0.1.0 is not above 0.1.0"))
        #expect(
            try problem("0.2.0") {
                _ = try $0.freeze().freeze(release: "0.1.0")
                _ = try $0.freeze().supersede("functions/meta/version.sql")
                try $0.write("sql/functions/meta/version.sql", Self.version("0.2.0"))
                try $0.write("sql/migrations/0003_s.sql", "SELECT 1")
            }.contains("no step installs the version()"))
        #expect(try problem("0.2.0") { _ = try $0.freeze().freeze(release: "0.1.0") }.contains("every step is already released"))
        #expect(
            try problem("0.2.0") {
                _ = try $0.freeze().freeze(release: "0.1.0")
                try $0.write("sql/migrations/0000_s.sql", "SELECT 1")
            }.contains("0000_s is numbered below 0002_i"))
        #expect(throws: MigrationError.self) {
            try Freeze(source: .embedded, extensionDirectory: URL(filePath: "/tmp")).freeze(release: "0.1.0")
        }
    }

    @Test func whatCheckFinds() throws {
        func problems(_ change: (StepDirectory) throws -> Void) throws -> [String] {
            let directory = try directory()
            _ = try directory.freeze().freeze(release: "0.1.0")
            try change(directory)
            return try directory.freeze().check().map(\.description)
        }
        #expect(
            try problems { try $0.write("sql/migrations/0002_i.sql", "SELECT 1") }[0].contains(
                "0002_i was released in 0.1.0 and has been changed since"))
        let edited = "-- Proof: none\nCREATE OR REPLACE FUNCTION thing.f() RETURNS int LANGUAGE sql AS 'SELECT 2';\n"
        #expect(
            try problems { try $0.write("sql/functions/f.sql", edited) }[0].contains(
                "0001_a was released in 0.1.0 and has been changed since"),
            "an edit without a copy of what was released")
        #expect(
            try problems {
                _ = try $0.freeze().supersede("functions/f.sql")
                try $0.write("sql/functions/f.sql", edited)
            }[0]
            .hasPrefix("functions/f.sql:1: changed since it was released, and no unreleased step includes the change"))
        #expect(
            try problems {
                let before = try $0.read("sql/functions/f.sql")
                try $0.write("sql/functions/f.sql", edited)
                #expect(throws: MigrationError.self, "the text to keep is not there any more") { [freeze = try $0.freeze()] in
                    try freeze.supersede("functions/f.sql")
                }
                _ = try $0.freeze().supersede("functions/f.sql", before: before)
                try $0.write("sql/migrations/0003_f.sql", "--! include functions/f.sql\n")
            }.isEmpty, "kept after the edit, from elsewhere")
        #expect(
            try problems { try $0.write("sql/functions/f.sql", "-- Proof: a test\n-- hot: a measure\n" + $0.read("sql/functions/f.sql")) }
                .isEmpty, "lines for readers may change")
        #expect(
            try problems { try $0.write("sql/released/f@0.0.9.sql", "SELECT 1;\n") }[0].description.contains("no released step reads it"))
        #expect(throws: MigrationError.self, "a released text that is gone") {
            try problems { try FileManager.default.removeItem(at: $0.root.appending(path: "sql/functions/f.sql")) }
        }
        #expect(
            try problems { try FileManager.default.removeItem(at: $0.root.appending(path: "sql/migrations/0002_i.sql")) }[0].contains(
                "released step 0002_i is missing"))
        #expect(
            try problems {
                try $0.write("extension/thing--0.1.0.sql", $0.read("extension/thing--0.1.0.sql").replacing("seed", with: "sead"))
            }[0]
            .contains("differs from what the steps of 0.1.0 generate"))
        #expect(
            try problems { try FileManager.default.removeItem(at: $0.root.appending(path: "extension/thing-0.1.0.plain.sql")) }[0].contains(
                "is missing"))
    }

    @Test func whatCannotRunInAScriptIsLeftOutOrRefused() throws {
        func text(_ sql: String) throws -> String {
            try FreezeScripts.text(of: StepSource(files: ["0001_a.sql": sql]).load().steps[0])
        }
        #expect(try text("--! transaction: no\nVACUUM a.t;").contains("VACUUM is left out"))
        #expect(try text("SELECT 1; -- the end").hasSuffix("-- the end\n"))
        #expect(try text("SELECT 1 -- the end") == "SELECT 1 -- the end\n;\n")
    }

    @Test func aNewStepGetsTheNextNumber() throws {
        let directory = try StepDirectory(["sql/migrations/00041_a.sql": "SELECT 1"])
        let files = try directory.source().makeStep(slug: "Add Invoices", down: true).map(\.lastPathComponent)
        #expect(files == ["00042_add_invoices.sql", "00042_add_invoices.down.sql"])
        #expect(throws: MigrationError.self) { try directory.source().makeStep(slug: "../x", down: false) }
        #expect(throws: MigrationError.self) { try StepSource.embedded.makeStep(slug: "x", down: false) }
        let empty = try StepDirectory(["sql/migrations/.keep": ""])
        #expect(try empty.source().makeStep(slug: "first", down: false).map(\.lastPathComponent) == ["0001_first.sql"])
    }
}
