import Foundation
import Testing

@testable import Migrations

@Suite struct StepSourceTests {
    private func problems(_ files: [String: String]) throws -> [MigrationError.Problem] {
        let error = try #require(throws: MigrationError.self) {
            let set = try StepSource(files: files).load()
            for step in set.steps { _ = try step.statements() }
        }
        #expect(error.kind == .badInput)
        return error.problems
    }

    @Test func stepsComeInOrderAndGapsAreFine() throws {
        let set = try StepSource(files: ["0010_b.sql": "SELECT 1", "0002_a.sql": "SELECT 2", "20240101000000_c.sql": "SELECT 3"]).load()
        #expect(set.steps.map(\.number) == [2, 10, 20_240_101_000_000])
        #expect(set.steps.map(\.id) == ["0002_a", "0010_b", "20240101000000_c"])
    }

    @Test(
        arguments: [
            (["0001_a.sql": "SELECT 1", "1_b.sql": "SELECT 1"], "step number 1 is already used by 0001_a.sql", "1_b.sql", 1),
            (["0001_a.sql": "SELECT 1;\n--! include no/such.sql"], "included file \"no/such.sql\" does not exist", "0001_a.sql", 2),
            (["0001_a.sql": "--! include ../x.sql"], "leaves the folder", "0001_a.sql", 1),
            (["0001_a.sql": "--! include /etc/passwd"], "leaves the folder", "0001_a.sql", 1),
            (["0001_a.sql": "--! include"], "names no file", "0001_a.sql", 1),
            (["0001_a.sql": "\n--! trnsaction: no\nSELECT 1"], "unknown header", "0001_a.sql", 2),
            (["0001_a.sql": "--! transaction: maybe\nSELECT 1"], "neither yes nor no", "0001_a.sql", 1),
            (["0001_a.sql": "--! transaction:\nSELECT 1"], "has no value", "0001_a.sql", 1),
            (["0001_a.sql": "--! lock-timeout: 2 fortnights\nSELECT 1"], "not a duration", "0001_a.sql", 1),
            (["0001_a.sql": "--! lock-timeout: 2\nSELECT 1"], "not a duration", "0001_a.sql", 1),
            (["0001_a.sql": "--! lock-timeout: 2s\n--! lock-timeout: 3s\nSELECT 1"], "given twice", "0001_a.sql", 2),
            (["0001_a.sql": "--! phase: later\nSELECT 1"], "neither expand nor contract", "0001_a.sql", 1),
            (["0001_a.sql": "--! verify: DELETE FROM t\nSELECT 1"], "not a SELECT", "0001_a.sql", 1),
            (["0001_a.sql": "--! config: t none\nSELECT 1"], "not a table with a condition", "0001_a.sql", 1),
            (["0001_a.sql": "--! config: a.t builtin\nSELECT 1"], "not a table with a condition", "0001_a.sql", 1),
            (["0001_a.sql": "--! allow: everything\nSELECT 1"], "does not name a lint rule", "0001_a.sql", 1),
            (["0001_a.sql": "--! transaction: no\n-- nothing here\n"], "needs a statement", "0001_a.sql", 1),
            (["0001_a.sql": "--! transaction: no\nVACUUM;\nANALYZE"], "exactly one statement; this is the second of 2", "0001_a.sql", 3),
            (["0001_a.sql": "SELECT 1;\nCOMMIT"], "COMMIT in a step", "0001_a.sql", 2),
            (["0001_a.sql": "BEGIN;\nSELECT 1"], "BEGIN in a step", "0001_a.sql", 1),
            (["0001_a.sql": "ROLLBACK"], "ROLLBACK in a step", "0001_a.sql", 1),
            (["0001_a.sql": "COPY t FROM STDIN;\n1\n"], "unterminated COPY data", "0001_a.sql", 1),
            (["0001_a.sql": "COPY t FROM STDIN; SELECT 1;"], "COPY … FROM STDIN without rows", "0001_a.sql", 1),
            (["0001_a.sql": "SELECT 1;\n--! lock-timeout: 2s\n"], "header \"lock-timeout\" after the first statement", "0001_a.sql", 2),
            (["0001_a.sql": "/* a\nb */ SELECT 1;\n--! verify: SELECT true\n"], "after the first statement", "0001_a.sql", 3),
            (["0001_a.sql": "CREATE INDEX CONCURRENTLY i ON t (a)"], "cannot run in a transaction", "0001_a.sql", 1),
            (["0001_a.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY ON t (a)"], "needs a name", "0001_a.sql", 2),
            (["0001_a.sql": "SELECT 1", "0001_b.down.sql": "SELECT 1"], "there is no step 0001_b.sql", "0001_b.down.sql", 1),
            (["0001_a.sql": "--! begin include x.sql\nSELECT 1"], "has no end", "0001_a.sql", 1),
            (["0001_a.sql": "SELECT 1;\n--! end include x.sql"], "was not begun", "0001_a.sql", 2),
            (["0001_a.sql": "--! include x.sql", "f/x": ""], "does not exist", "0001_a.sql", 1),
            (["0001_a.sql": "--! include f/x.sql", "f/x.sql": "SELECT 1;\n--! transaction: no"], "in an included file", "f/x.sql", 2),
            (["0001_a.sql": "SELECT 1", "notes.sql": "SELECT 1"], "not of the form NNNN_slug.sql", "notes.sql", nil),
            (["0001_a.sql": "SELECT 1", "migrations.lock": "0001_a md5:x 0.1.0"], "not a line of the form", "migrations.lock", 1),
            (["0001_a.sql": "SELECT 1", "migrations.lock": "a sha256:v1:0 1\na sha256:v1:0 1"], "listed twice", "migrations.lock", 2),
        ] as [([String: String], String, String, Int?)])
    func badInput(files: [String: String], message: String, file: String, line: Int?) throws {
        let problem = try #require(try problems(files).first)
        #expect(problem.message.contains(message), "\(problem)")
        #expect(problem.file == file)
        #expect(problem.line == line)
    }

    @Test func anIncludeLoopShowsItsChain() throws {
        let problem = try problems([
            "0001_a.sql": "--! include f/a.sql", "f/a.sql": "SELECT 1;\n--! include f/b.sql", "f/b.sql": "--! include f/a.sql",
        ])[0]
        #expect(problem.description.hasPrefix("f/b.sql:1: include loop: f/a.sql → f/b.sql → f/a.sql"))
    }

    @Test func allBrokenStepsAreReportedAtOnce() throws {
        #expect(try problems(["0001_a.sql": "--! nonsense", "0002_b.sql": "--! include nowhere.sql", "0003_c.sql": "SELECT 1"]).count == 2)
    }

    @Test func lineEndsAndByteOrderMarkDoNotCount() throws {
        let texts = ["SELECT 1;\nSELECT 2;\n", "\u{FEFF}SELECT 1;\r\nSELECT 2;\r\n", "SELECT 1;\rSELECT 2;\r", "SELECT 1;\nSELECT 2;"]
        let checksums = try texts.map { try StepSource(files: ["0001_a.sql": $0]).load().steps[0].checksum }
        #expect(Set(checksums).count == 1)
        #expect(checksums[0].hasPrefix("sha256:v1:"))
    }

    @Test func aFrozenStepHasTheChecksumOfItsSource() throws {
        let function = ["functions/f.sql": "SELECT 'f';\n--! include functions/g.sql\n", "functions/g.sql": "SELECT 'g';"]
        let open = try StepSource(files: function.merging(["migrations/0001_a.sql": "--! include functions/f.sql\nSELECT 1;"]) { $1 })
            .load().steps[0]
        let frozen = try StepSource(files: ["migrations/0001_a.sql": open.expanded.text]).load().steps[0]
        #expect(frozen.checksum == open.checksum)
        #expect(open.hasOpenIncludes && !frozen.hasOpenIncludes)
        #expect(frozen.parts == open.parts)
        #expect(try open.statements().map(\.origin.file) == ["functions/f.sql", "functions/g.sql", "migrations/0001_a.sql"])
        #expect(try open.statements().map(\.origin.line) == [1, 1, 2])
    }

    @Test func theChangedFileIsNamed() throws {
        func step(_ f: String, _ g: String) throws -> Step {
            try StepSource(files: ["0001_a.sql": "--! include f/f.sql\n\(g)", "f/f.sql": f, "f/g.sql": "SELECT 3;"]).load().steps[0]
        }
        let before = try step("SELECT 1;", "SELECT 2;").parts
        #expect(try step("SELECT 9;", "SELECT 2;").difference(from: before) == "f/f.sql changed")
        #expect(try step("SELECT 1;", "--! include f/g.sql\nSELECT 2;").difference(from: before) == "f/g.sql was added")
    }

    @Test func directoriesOfBothShapes() throws {
        let root = URL(filePath: "/tmp/domainflow-source-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let migrations = root.appending(path: "migrations")
        try FileManager.default.createDirectory(at: migrations, withIntermediateDirectories: true)
        #expect(throws: MigrationError.self) { try StepSource(directory: root).load() }
        try "--! include f.sql".write(to: migrations.appending(path: "0001_a.sql"), atomically: true, encoding: .utf8)
        try "SELECT 1;".write(to: root.appending(path: "f.sql"), atomically: true, encoding: .utf8)
        #expect(try StepSource(directory: root).load().steps[0].file == "migrations/0001_a.sql")
        #expect(try StepSource(directory: migrations).load().steps[0].checksum == StepSource(directory: root).load().steps[0].checksum)

        try Data([0x53, 0x0A, 0x45, 0xFF, 0x0A]).write(to: migrations.appending(path: "0002_latin.sql"))
        let error = try #require(throws: MigrationError.self) { try StepSource(directory: root).load() }
        #expect(error.description.hasPrefix("migrations/0002_latin.sql:2: the file is not UTF-8"))
        try Data([0x53, 0x0A, 0x00]).write(to: migrations.appending(path: "0002_latin.sql"))
        let nul = try #require(throws: MigrationError.self) { try StepSource(directory: root).load() }
        #expect(nul.description.hasPrefix("migrations/0002_latin.sql:2: the file contains a NUL byte"))
        #expect(throws: MigrationError.self) { try StepSource(directory: root.appending(path: "nowhere")) }
    }

    @Test func headersAreRead() throws {
        let header = try StepSource(files: [
            "0001_a.sql": """
            --! lock-timeout: 500ms
            --! statement-timeout: 2min
            --! phase: contract
            --! verify: SELECT true;
            --! verify: WITH a AS (SELECT 1) SELECT true FROM a
            --! config: a.b none
            --! config: a.c WHERE NOT builtin
            --! config: a.d
            SELECT 1;
            """
        ]).load().steps[0].header
        #expect(header.lockTimeout == "500ms" && header.statementTimeout == "2min" && header.phase == .contract)
        #expect(header.verify.map(\.sql) == ["SELECT true", "WITH a AS (SELECT 1) SELECT true FROM a"])
        #expect(
            header.config == [
                .init(table: "a.b", condition: nil), .init(table: "a.c", condition: "WHERE NOT builtin"),
                .init(table: "a.d", condition: ""),
            ])
        #expect(["100us", "500ms", "2s", "2min", "1h", "0"].map(StepHeader.milliseconds) == [0.1, 500, 2000, 120_000, 3_600_000, 0])
    }

    @Test func releasesAreOrderedByNumber() throws {
        let lock = try ReleaseLock("# comment\na sha256:v1:0 0.10.0\nb sha256:v1:1 0.2.0\n\nc sha256:v1:2 0.2\n", file: "migrations.lock")
        #expect(lock.releases.last == "0.10.0")
        #expect(try ReleaseLock(lock.text, file: "migrations.lock") == lock)
        #expect(Release("1.x") == nil)
    }

    @Test func aHeaderInsideAStringIsText() throws {
        let text =
            "CREATE TABLE public.doc (t text);\nINSERT INTO public.doc VALUES ('how to write a step:\n--! transaction: no\n--! nonsense\n');\n"
        let step = try StepSource(files: ["0001_g.sql": text]).load().steps[0]
        #expect(step.header.transactional)
        #expect(try step.statements().count == 2)
        #expect(step.expanded.text == text)
        #expect(try FreezeScripts.text(of: step) == text, "scripts keep it")
        for opening in ["$$", "$b$", "E'\\'"] {
            let closing = opening.hasPrefix("E") ? "'" : opening
            let step = try StepSource(files: ["0001_g.sql": "SELECT \(opening)\n--! phase: never\n\(closing)"]).load().steps[0]
            #expect(step.header.phase == nil)
        }
        #expect(throws: MigrationError.self) { try StepSource(files: ["0001_g.sql": "SELECT 'a';\n--! phase: never\n"]).load() }
    }

    @Test func aFileOfTheSameNameIsNotTheSameSource() {
        let mine = StepSource(files: ["0001_meta.sql": "SELECT 1", "0002_b.sql": "SELECT 2"])
        #expect(mine.continues(StepSource(files: ["0001_meta.sql": "SELECT 1"])))
        #expect(!mine.continues(StepSource(files: ["0001_meta.sql": "SELECT 2"])))
        #expect(!mine.continues(StepSource(files: ["0001_other.sql": "SELECT 1"])))
        #expect(!mine.continues(StepSource(files: [:])) && !StepSource(files: [:]).continues(mine))
        #expect(StepSource.embedded.continues(.embedded))
    }

    @Test func wordsAreFoldedAsPostgresFoldsThem() throws {
        let statement = try #require(try StatementSplitter.split(expanded("SELECT ÜBER, İ, \"Ü\"")).first)
        #expect(statement.tokens.map(statement.value) == ["select", "Über", ",", "İ", ",", "Ü"])
    }

    private func expanded(_ text: String) throws -> ExpandedText {
        try StepSource(files: ["0001_a.sql": text]).load().steps[0].expanded
    }

    @Test func whatLooksLikeAStepButIsNoneIsNamed() throws {
        let directory = try StepDirectory([
            "sql/migrations/0001_a.sql": "SELECT 1", "sql/migrations/0002_b.SQL": "SELECT 1", "sql/migrations/later/0003_c.sql": "SELECT 1",
            "sql/migrations/notes/readme.sql": "SELECT 1", "sql/migrations/.0004_d.SQL": "SELECT 1",
        ])
        let source = try directory.source()
        #expect(try source.load().steps.count == 1)
        #expect(source.ignored == ["migrations/0002_b.SQL", "migrations/later"])
    }

    @Test func aStepMayConsistOfComments() throws {
        #expect(try StepSource(files: ["0001_a.sql": "-- done by hand on the first of May"]).load().steps[0].statements().isEmpty)
        #expect(throws: MigrationError.self) { try StepSource(files: ["0001_a.sql": "--! transaction: no"]).load().steps[0].statements() }
    }
}
