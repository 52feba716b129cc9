import Testing

@testable import Migrations

@Suite struct StatementSplitterTests {
    private func split(_ text: String) throws -> [SQLStatement] {
        try StatementSplitter.split(Expander.text(text))
    }

    @Test(arguments: [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';'; SELECT 'it''s; fine'", ["SELECT ';'", "SELECT 'it''s; fine'"]),
        (#"SELECT E'\';'; SELECT 2"#, [#"SELECT E'\';'"#, "SELECT 2"]),
        (#"SELECT '\'; SELECT 2"#, [#"SELECT '\'"#, "SELECT 2"]),
        (#"SELECT "a;""b"; SELECT 2"#, [#"SELECT "a;""b""#, "SELECT 2"]),
        (#"SELECT U&"d\0061t;a", U&'x;'; SELECT 2"#, [#"SELECT U&"d\0061t;a", U&'x;'"#, "SELECT 2"]),
        ("SELECT $$ ; $a$ ; $$; SELECT $a$ $$ ; $a$", ["SELECT $$ ; $a$ ; $$", "SELECT $a$ $$ ; $a$"]),
        ("SELECT a$b$c; SELECT $1; SELECT 3", ["SELECT a$b$c", "SELECT $1", "SELECT 3"]),
        ("/* a; /* b; */ c; */ SELECT 1; -- x;\nSELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1 /* ; */ + 2 -- ;\n; SELECT 3;;;", ["SELECT 1 /* ; */ + 2 -- ;\n", "SELECT 3"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
            ["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"]
        ),
        ("", []), ("-- nothing\n/* at all */", []), (";;", []),
        ("SELECT 1.5e3, 1..2, e'x', x'1F', n'a;'; SELECT 2", ["SELECT 1.5e3, 1..2, e'x', x'1F', n'a;'", "SELECT 2"]),
        ("SELECT 'ä;'; SELECT \"ö;\"; SELECT $ü$;$ü$", ["SELECT 'ä;'", "SELECT \"ö;\"", "SELECT $ü$;$ü$"]),
    ])
    func statements(text: String, expected: [String]) throws {
        #expect(try split(text).map(\.text) == expected)
    }

    @Test(arguments: [
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 ELSE 2 END; END",
        "CREATE OR REPLACE PROCEDURE a.p(x int) BEGIN ATOMIC INSERT INTO t VALUES (1); INSERT INTO t SELECT CASE x WHEN 1 THEN 2 END; END",
        "CREATE PROCEDURE p() BEGIN ATOMIC SELECT (CASE WHEN true THEN 1 END); END",
        "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
    ])
    func bodies(text: String) throws {
        #expect(try split(text + "; SELECT 2").map(\.text) == [text, "SELECT 2"])
    }

    @Test func transactionBlocksAreNotBodies() throws {
        #expect(try split("CREATE TABLE begin_t (a int); DO $$ begin end $$; SELECT 1").count == 3)
    }

    @Test(arguments: [
        ("SELECT 1;\nSELECT 'x", "unterminated string", 2), ("\n\n/* a /* b */", "unterminated comment", 3),
        ("SELECT\n$x$ ; $$", "unterminated dollar-quoted string $x$", 2), ("SELECT \"a", "unterminated quoted identifier", 1),
        ("SELECT 1;\n\\d t", "psql's commands are not SQL", 2),
    ])
    func unterminated(text: String, message: String, line: Int) throws {
        let error = try #require(throws: MigrationError.self) { try split(text) }
        #expect(error.problems[0].message.contains(message))
        #expect(error.problems[0].line == line)
    }

    @Test func placesAreThoseOfTheFile() throws {
        let statement = try split("-- comment\n\n  SELECT 'ä',\n   oops")[0]
        #expect(statement.origin == .init(file: "0001_test.sql", line: 3))
        let text = try Expander.text("-- comment\n\n  SELECT 'ä',\n   oops")
        let place = statement.place(ofCharacter: 16, in: text)
        #expect(place.origin.line == 4)
        #expect(place.column == 4)
        #expect(statement.place(ofCharacter: 8, in: text).column == 10)
    }
}

extension Expander {
    /// The expansion of one file without includes.
    static func text(_ text: String) throws -> ExpandedText {
        var expander = Expander { _ in nil }
        try expander.expand(SourceText(file: "0001_test.sql", text: text))
        return expander.expanded
    }
}
