import Foundation
import TestSupport
import Testing

@testable import RaceLab
@testable import domainflow

/// What comes from databases and files does not command the terminal.
@Suite(.blocking) struct VisibleTextTests {
    /// Clears the screen, rings the bell, sets a title, and turns text around.
    private static let hostile = "a\u{1B}[2J\u{7}\u{1B}]0;t\u{7}b\u{9B}1m\u{7F}\u{202E}c\u{2066}\td\re"
    private static let shown = #"a\x1b[2J\x07\x1b]0;t\x07b\x9b1m\x7f\u{202e}c\u{2066}\td\re"#

    private func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar == "\n"
                || scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !(0x202A...0x202E).contains(scalar.value)
                    && !(0x2066...0x2069).contains(scalar.value)
        }
    }

    @Test func everyControlCharacterIsShown() {
        #expect(VisibleText.of(Self.hostile) == Self.shown)
        #expect(VisibleText.of("two\nlines", keeping: ["\n"]) == "two\nlines" && VisibleText.of("two\nlines") == #"two\nlines"#)
        #expect(VisibleText.of("crlf\r\n", keeping: ["\n"]) == "crlf\\r\n")
        let all = String(String.UnicodeScalarView((0...0x20FF).compactMap { Unicode.Scalar($0) }))
        #expect(isClean(VisibleText.of(all)) && VisibleText.of("größer 日本 👩‍👩‍👧 \u{200E}") == "größer 日本 👩‍👩‍👧 \u{200E}")
    }

    @Test func jsonStaysJSON() throws {
        let text = VisibleText.json(String(decoding: try JSONEncoder().encode([Self.hostile]), as: UTF8.self))
        #expect(isClean(text) && text.contains(#"\u202e"#) && text.contains(#"\u009b"#))
        #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == [Self.hostile])
    }

    @Test func namesFromTheDatabase() async throws {
        let url = ["--database-url", try await TestServer.shared.migratedDatabase()]
        let created = try Program.run(
            arguments: ["campaign", "create", Self.hostile + "\nsecond", "--length", "1", "--tlds", "com"] + url)
        #expect(created.status == 0, "\(created.error)")
        let list = try Program.run(arguments: ["campaign", "list"] + url)
        #expect(list.output.contains(Self.shown + #"\nsecond"#) && isClean(list.output), "\(list.output)")
        let id = created.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let status = try Program.run(arguments: ["campaign", "status", id] + url)
        #expect(status.output.contains(Self.shown) && isClean(status.output))
        let json = try Program.run(arguments: ["campaign", "list", "--json"] + url)
        let campaigns = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(campaigns.first?["name"] as? String == Self.hostile + "\nsecond" && isClean(json.output))
    }

    @Test func errorsOfTheServer() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = #"a\x1b[2J\u202e\x07"#
        try folder.write(
            "DO $$ BEGIN RAISE EXCEPTION E'\(text)m' USING DETAIL = E'\(text)d', HINT = E'\(text)h'; END $$;\n",
            to: "migrations/0001_bad.sql")
        let url = ["--database-url", try await TestServer.shared.database()]
        let up = try Program.run(arguments: ["migrate", "up", "--dir", folder.url.path] + url)
        #expect(up.status == 3 && up.error.contains(#"a\x1b[2J\u{202e}\x07m"#) && isClean(up.error), "\(up.error)")
        #expect(up.error.contains(#"\x07h"#), "\(up.error)")
        let unknown = try Program.run(arguments: ["campaign", "create", "x\u{1B}[2J", "--charset", "\u{1B}[2J"] + url)
        #expect(unknown.status == 3 && isClean(unknown.error), "\(unknown.error)")
    }

    /// Messages of functions, violations and statements that a scenario shows.
    @Test func findingsOfARace() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            """
            setup { CREATE TABLE public.t (n text); }
            operation fail { DO $$ BEGIN RAISE EXCEPTION E'bad\\x1b[2J'; END $$ }
            session s step one { INSERT INTO public.t VALUES (E'x\\x1b]0;\\x07\\u202e'); }
            invariant "none \u{1B}[31m" { SELECT E'row\\x1b[2J\\u202e' AS wrong }
            reset { TRUNCATE public.t }

            """, to: "own.spec")
        let url = ["--database-url", try await TestServer.shared.url()]
        for command in [["run", "--seconds", "0.2", "--connections", "1"], ["explore"]] {
            let found = try Program.run(arguments: ["race"] + command + ["own.spec"] + url, in: folder.url)
            #expect(found.status == 1 && isClean(found.output) && isClean(found.error), "\(found.output)\(found.error)")
            #expect(found.output.contains(#"none \x1b[31m"#) && found.output.contains("row"), "\(found.output)")
        }
        // A whole file is shown in a terminal, and copied elsewhere.
        let shown = try Terminal.run(["race", "show", "own.spec"], columns: 200, in: folder.url)
        #expect(shown.printed.contains(#"none \x1b[31m"#) && !shown.printed.contains("\u{1B}"), "\(shown.printed)")
        #expect(try Program.run("race", "show", "own.spec", in: folder.url).output == folder.text("own.spec"))
    }
}
