import Foundation
import TestSupport
import Testing

/// What the commands print and exit with; what they do to a database is tested in MigrationsTests.
@Suite(.blocking) struct MigrateCommandTests {
    private let folder: TemporaryFolder
    private let url: String

    init() async throws {
        folder = try TemporaryFolder()
        url = try await TestServer.shared.database()
    }

    private func write(_ files: [String: String]) throws {
        for (name, text) in files { try folder.write(text, to: name) }
    }

    private func migrate(_ arguments: String...) throws -> Program.Outcome {
        try Program.run(arguments: ["migrate"] + arguments + ["--dir", folder.url.path, "--database-url", url])
    }

    /// One JSON object is one: whatever follows it is an error.
    private func json(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)")
    }

    @Test func aDryRunRefusesWhatUpRefuses() throws {
        defer { folder.remove() }
        try write(["0001_a.sql": "CREATE TABLE a (id int);\n", "0003_c.sql": "CREATE TABLE c (id int);\n"])
        let dry = try migrate("up", "--dry-run")
        #expect(dry.status == 0 && dry.output.contains("0003_c"))
        let sql = try migrate("up", "--dry-run", "--sql")
        #expect(sql.output == "-- 0001_a.sql\n\nCREATE TABLE a (id int);\n\n-- 0003_c.sql\n\nCREATE TABLE c (id int);\n\n", "\(sql.output)")
        #expect(try migrate("up", "--sql").status == 64)
        #expect(try migrate("up").status == 0)

        let wrong: [([String: String], Int32)] = [
            (["0001_a.sql": "CREATE TABLE a (id bigint);\n"], 1),
            (["0001_a.sql": "CREATE TABLE a (id int);\n", "0002_b.sql": "SELECT 1;\n"], 1),
            (["0002_b.sql": "COMMIT;\n"], 1), (["0002_b.sql": "-- nothing", "0004_d.sql": "SELECT 'open;\n"], 1),
        ]
        for (files, status) in wrong {
            try write(files)
            for options in [[], ["--json"]] {
                let real = try migrateAll(["up"] + options)
                let dry = try migrateAll(["up", "--dry-run"] + options)
                let plan = try migrateAll(["plan"] + options)
                #expect(
                    real.status == dry.status && real.status == plan.status && real.status == status || real.status == 2,
                    "\(files): \(real)")
                #expect(real.status == dry.status && dry.status == plan.status, "\(files): \(real.status) \(dry.status) \(plan.status)")
                #expect(real.error.contains("error: ") && dry.error == real.error)
                guard !options.isEmpty else { continue }
                #expect(try json(real)["error"] as? String == json(dry)["error"] as? String)
            }
        }
    }

    /// Pasted, a hint means the same steps, history and database.
    @Test func printedCommandsRepeatTheOptions() throws {
        defer { folder.remove() }
        try write(["0001_a.sql": "CREATE TABLE a (id int);\n"])
        #expect(try migrate("up", "--project", "my shop").status == 0)
        try write(["0001_a.sql": "CREATE TABLE a (id int); -- edited\n"])
        let given = "--dir \(folder.url.path) --project 'my shop' --database-url '\(url)'"
        let refused = try migrate("up", "--project", "my shop")
        #expect(refused.error.contains("domainflow migrate repair --accept 1 \(given)"), "\(refused)")
        #expect(try migrate("status", "--project", "my shop").error.contains("domainflow migrate repair --accept 1 \(given)"))
        let verified = try json(migrate("verify", "--json", "--project", "my shop"))
        #expect("\(verified)".contains("--accept 1") && "\(verified)".contains("my shop"))
        let secret = url + (url.contains("?") ? "&" : "?") + "password=secret"
        let hidden = try Program.run(
            arguments: ["migrate", "up", "--dir", folder.url.path, "--database-url", secret, "--project", "my shop"])
        #expect(hidden.status == 1 && hidden.error.contains("--accept 1") && !hidden.error.contains("secret"), "\(hidden)")
    }

    @Test func forgettingAnAppliedStepAsksFirst() throws {
        defer { folder.remove() }
        try write(["0001_a.sql": "CREATE TABLE a (id int);\n", "0002_b.sql": "SELECT 2;\n"])
        #expect(try migrate("up").status == 0)
        let asked = try migrate("repair", "--forget", "1")
        #expect(asked.status == 2 && asked.error.contains("so that the next `up` runs it again"), "\(asked)")
        #expect(try migrate("status", "--check").status == 0)
        try FileManager.default.removeItem(at: folder.url.appending(path: "0002_b.sql"))
        #expect(try migrate("repair", "--forget", "2").status == 0)
        #expect(try migrate("repair", "--forget", "1", "--yes").status == 0)
    }

    private func migrateAll(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(arguments: ["migrate"] + arguments + ["--dir", folder.url.path, "--database-url", url])
    }

    @Test func nothingIsDeletedWithoutAQuestion() throws {
        defer { folder.remove() }
        try write([
            "0001_one.sql": "CREATE TABLE one (id int);\n", "0001_one.down.sql": "DROP TABLE one;\n",
            "0002_two.sql": "INSERT INTO one VALUES (1);\n", "0002_two.down.sql": "DELETE FROM one;\n",
        ])
        #expect(try migrate("up").status == 0)
        try write(["0001_one.sql": "CREATE TABLE one (id int); -- a remark\n"])
        let refused = try migrate("redo")
        #expect(refused.status == 2 && refused.error.contains("pass --yes to confirm"))
        #expect(
            refused.error.contains("reverts 0002_two, 0001_one\n") && refused.error.contains("repair --accept 1 --dir")
                && refused.error.contains(" records the new text"),
            "\(refused.error)")
        #expect(refused.error.contains("deletes no rows"), "the steps bring them again")
        let dry = try migrate("redo", "--dry-run", "--json")
        #expect(try dry.status == 0 && json(dry)["steps"] as? [String] == ["0002_two", "0001_one"])
        #expect(try migrate("down", "--target", "0").status == 2)
        let again = try migrate("redo", "--yes")
        #expect(again.status == 0 && again.output == "2 steps applied again\n", "\(again)")
        try write(["0002_two.down.sql": "BEGIN;\n"])
        let down = try migrate("down", "--target", "0", "--dry-run", "--json")
        #expect(try down.status == 2 && json(down)["error"] as? String == "badInput")
    }

    @Test func whatIsNotKnownIsSaid() throws {
        defer { folder.remove() }
        try write([
            "0001_a.sql": "CREATE TABLE a (id int);\n",
            "0002_b.sql": "--! transaction: no\n--! verify: SELECT count(*) = 2 FROM a\nINSERT INTO a VALUES (1);\n",
        ])
        #expect(try migrate("up").status == 1)
        for command in [["up"], ["up", "--dry-run"], ["plan"]] {
            let outcome = try migrateAll(command)
            #expect(outcome.status == 1 && outcome.error.contains("repair --undone 2"), "\(outcome)")
        }
        #expect(try migrate("status").output.contains("unknown"))
        #expect(try migrate("repair").output.contains("it is not known whether 0002_b took effect"))
        #expect(try migrate("repair", "--done", "2", "--undone", "2").status == 64)
        #expect(try migrate("repair", "--undone", "2").output.contains("recorded as undone"))
        #expect(try migrate("up").status == 0, "the second row makes the promise true")
    }

    @Test func lintChoosesWhatToReport() throws {
        defer { folder.remove() }
        try write([
            "migrations/0001_a.sql": "CREATE TABLE a (id int PRIMARY KEY);\n", "migrations/0002_b.sql": "TRUNCATE app.t;\n",
        ])
        func lint(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(arguments: ["migrate", "lint", "--dir", "migrations"] + arguments, in: folder.url)
        }
        #expect(try lint().output.contains("migrations/0001_a.sql:1: notice: unqualified-create:"))
        #expect(try !lint("--since", "2").output.contains("0001_a"))
        #expect(try lint("--since", "3").status == 2)
        #expect(try lint("--since", "2", "--without", "deletes-all-rows").status == 0)
        #expect(try lint("--without", "deletes-all-rows", "--fail-on", "warning").status == 0)
        #expect(try lint("--fail-on", "error").status == 1)
        #expect(try lint("--without", "nonsense").status == 64)
        let github = try lint("--github").output.split(separator: "\n")
        #expect(
            github.count == 2 && github[1].hasPrefix("::error file=migrations/0002_b.sql,line=1,title=deletes-all-rows::TRUNCATE of app.t"),
            "\(github)")
        #expect(github[0].hasPrefix("::notice file=migrations/0001_a.sql,line=1,title=unqualified-create::"))
    }

    @Test func valuesAreGivenOnTheCommandLine() throws {
        defer { folder.remove() }
        try write(["0001_a.sql": "CREATE SCHEMA :\"space\"; COMMENT ON SCHEMA :\"space\" IS :'why';\n"])
        #expect(try migrate("up", "--set", "space=a").error.contains("0001_a.sql:1: placeholder :'why' has no value"))
        for (wrong, said) in [
            ("space", "not of the form name=value"), ("1=2", "not of the form"), ("spcae=a", "no step has the placeholder"),
        ] {
            let refused = try migrate("up", "--set", wrong)
            #expect(refused.status == 2 && refused.error.contains(said), "\(refused)")
        }
        #expect(try migrate("up", "--set", "space=a", "--set", "space=b").error.contains("gives space two values"))
        let dry = try migrate("up", "--dry-run", "--sql", "--set", "space=a", "--set", "why=it's = so")
        #expect(dry.output.contains("COMMENT ON SCHEMA \"a\" IS 'it''s = so';"), "\(dry)")
        #expect(try migrate("up", "--set", "space=a", "--set", "why=because").status == 0)
    }

    @Test func theSchemaIsDumpedAfterUp() throws {
        defer { folder.remove() }
        try write([
            "0001_a.sql": "CREATE TABLE public.a (id int PRIMARY KEY);\n",
            "R_v.sql": "CREATE OR REPLACE VIEW public.v AS SELECT id FROM public.a;\n",
        ])
        let file = folder.path("schema.dump")
        let up = try migrate("up", "--dump", file)
        #expect(up.status == 0, "\(up)")
        let first = try folder.text("schema.dump")
        #expect(first.contains("CREATE TABLE public.a") && first.contains("CREATE VIEW public.v") && !first.contains("domainflow_migrate"))
        #expect(!first.contains("Dumped by") && !first.contains("\\restrict"))
        #expect(try migrate("up", "--dump", file).output == "nothing to do\n")
        #expect(try folder.text("schema.dump") == first)
        #expect(try migrate("up", "--dump", folder.path("no/such/folder")).status == 2)
        #expect(try migrate("up", "--dry-run", "--dump", file).status == 64)
    }

    @Test func anotherToolsDirectoryIsImported() throws {
        defer { folder.remove() }
        try write(["from/1_a.up.sql": "CREATE TABLE {{ .S }}.a (id int);\n", "from/1_a.down.sql": "DROP TABLE {{ .S }}.a;\n"])
        func run(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(arguments: ["migrate", "import"] + arguments, in: folder.url)
        }
        let open = try run("from", "--into", "open")
        #expect(open.status == 1 && open.output.contains("0001_a.sql:1: placeholder {{ .S }} "), "\(open)")
        let done = try run("from", "--into", "to", "--replace", "{{ .S }}=public")
        #expect(done.status == 0 && done.output == "wrote 2 files into to, from golang-migrate; the last step is 1\n", "\(done)")
        #expect(try folder.text("to/0001_a.down.sql") == "DROP TABLE public.a;\n")
        #expect(try run("from", "--into", "to").error.contains("name a new or empty folder"))
        #expect(try run("from", "--into", "x", "--format", "flyway").status == 2)
        let up = try Program.run(arguments: ["migrate", "up", "--dir", "to", "--database-url", url], in: folder.url)
        #expect(up.status == 0, "\(up)")
        let verify = try Program.run(arguments: ["migrate", "verify", "--replay", "--dir", "to", "--database-url", url], in: folder.url)
        #expect(verify.status == 0, "\(verify)")
    }
}
