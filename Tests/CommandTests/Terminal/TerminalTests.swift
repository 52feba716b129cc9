import Foundation
import TestSupport
import Testing

@testable import domainflow

/// Tables and the progress line in a terminal.
@Suite(.blocking) struct TerminalTests {
    @Test(arguments: [80, 120]) func tablesFitTheTerminal(columns: Int) throws {
        let list = try Terminal.run(["race", "list"], columns: columns)
        #expect(list.status == 0 && list.screen.allSatisfy { DisplayWidth.of($0) <= columns }, "\(list.printed)")
        #expect(list.screen.contains { DisplayWidth.of($0) == columns && $0.hasSuffix("…") })
        // Names stay whole, to be copied.
        #expect(list.screen.contains { $0.hasPrefix("entity/update_orders ") })
        let whole = try Program.run("race", "list").output
        #expect(!whole.contains("…"))
        let wide = try Terminal.run(["race", "list", "--wide"], columns: columns)
        #expect(wide.printed.replacing("\r\n", with: "\n") == whole)
    }

    @Test func withoutASizeTheEnvironmentCounts() throws {
        let list = try Terminal.run(["race", "list"], columns: 0, environment: ["COLUMNS": "100"])
        #expect(list.screen.map { DisplayWidth.of($0) }.max() == 100)
        #expect(try Terminal.run(["race", "list"], columns: 0).screen.map { DisplayWidth.of($0) }.max() == 80)
    }

    /// Every command with a table has the option, once.
    @Test func everyTableCanBeWide() throws {
        for command in [
            "race list", "race run", "race mutate", "race spec", "load", "work", "demo", "campaign list", "campaign status",
            "campaign trail",
            "migrate plan", "migrate up", "migrate status", "dev status",
        ] {
            let help = try HelpTests.all.get().first { $0.command.joined(separator: " ") == command }?.help
            #expect(help?.contains("  --wide  ") == true, "\(command)")
        }
    }

    @Test func columnsGiveWayInOrder() {
        var table = OutputTable(["id!", "text", "other", "count>"])
        table.add(["0123456789abcdef", String(repeating: "x", count: 40), String(repeating: "y", count: 20), "1,234,567"])
        func widths(_ width: Int) -> [Int] {
            table.render(width: width).split(separator: "\n")[1].split(separator: " ").map(\.count)
        }
        #expect(widths(200) == [16, 40, 20, 9])
        #expect(widths(80) == [16, 29, 20, 9])
        // Numbers and what is copied come last.
        #expect(widths(52) == [16, 10, 10, 9])
        #expect(widths(40) == [8, 8, 8, 8])
        // Rather than to cut a number, columns move together.
        #expect(widths(48) == [16, 10, 10, 9] && table.render(width: 48).split(separator: "\n").allSatisfy { $0.count <= 48 })
        // Never below a few characters.
        #expect(widths(1) == [4, 4, 4, 4])
        #expect(table.render(indent: "  ", width: 60).split(separator: "\n").allSatisfy { $0.count <= 60 })
        #expect(table.render(width: 80).contains(String(repeating: "x", count: 28) + "…  y"))
    }

    /// Rather than to cut names that then look alike, headings, or a text to a few words.
    @Test func columnsThatCanBeDoneWithoutAreLeftOut() {
        var table = OutputTable(["operation!", "count>", "p50>?", "p95>?", "promise"])
        table.add(["complete by the holder", "26,279", "1.25 ms", "3.50 ms", String(repeating: "x", count: 60)])
        table.add(["complete by the loser", "5", "1.25 ms", "3.50 ms", "y"])
        func head(_ width: Int) -> [Substring] { table.render(width: width).split(separator: "\n")[0].split(separator: " ") }
        #expect(head(120) == ["operation", "count", "p50", "p95", "promise"])
        #expect(head(84) == ["operation", "count", "p50", "promise"])
        #expect(head(80) == ["operation", "count", "promise"])
        #expect(table.render(width: 80).contains("complete by the holder") && table.render(width: 80).contains("complete by the loser"))
        #expect(table.render(width: nil).contains("p95"))
    }

    @Test func aReportFitsEightyColumns() throws {
        let list = try Terminal.run(["race", "list"], columns: 80)
        #expect(list.screen.first?.split(separator: " ") == ["scenario", "for", "promise"], "\(list.printed)")
        #expect(try Terminal.run(["race", "list"], columns: 130).screen.first?.contains("harmless") == true)
    }

    @Test func widthsAreThoseOfTheTerminal() {
        #expect(DisplayWidth.of("abc") == 3 && DisplayWidth.of("e\u{301}") == 1 && DisplayWidth.of("日本") == 4 && DisplayWidth.of("ｆ") == 2)
        #expect(DisplayWidth.of("🐘") == 2 && DisplayWidth.of("👩‍👩‍👧") == 2 && DisplayWidth.of("🇩🇪") == 2 && DisplayWidth.of("❤️") == 2)
        #expect(DisplayWidth.of("…─█▁ß") == 5 && DisplayWidth.of("한국") == 4 && DisplayWidth.of("\u{200D}") == 0)
        #expect(DisplayWidth.cut("日本語", to: 5) == "日本…" && DisplayWidth.cut("日本語", to: 4) == "日…" && DisplayWidth.cut("日本", to: 4) == "日本")
        var table = OutputTable(["name", "n>"])
        table.add(["日本", "1"])
        table.add(["e\u{301}a", "22"])
        #expect(table.render() == "name   n\n----  --\n日本   1\ne\u{301}a    22\n")
    }

    @Test func theProgressLineIsErasedBeforeAnythingElse() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            "setup { CREATE TABLE nap (n int) }\noperation nap { INSERT INTO nap SELECT 1 FROM pg_sleep(0.01) }\ninvariant none { SELECT 1 WHERE false }",
            to: "nap.spec")
        let url = try await TestServer.shared.url()
        let run = try Terminal.run(
            ["race", "run", "nap.spec", "--seconds", "1", "--connections", "2", "--seed", "1", "--database-url", url], columns: 90,
            in: folder.url)
        #expect(run.status == 0 && run.printed.contains("nap: 0 of 1.00 s, "), "\(run.printed)")
        #expect(
            run.screen.first == "seed 1, 1.00 s for each scenario"
                && run.screen.contains { $0.hasPrefix("nap: ") && $0.contains("2 connections") })
        #expect(!run.screen.contains { $0.contains("of 1.00 s") || $0.contains("preparing") || $0.contains("\u{1B}") }, "\(run.screen)")

        // A message on standard error, with the line on it.
        try folder.write("SELECT pg_sleep(0.5);\n", to: "migrations/0001_first.sql")
        try folder.write("SELECT pg_sleep(0.3);\nSELECT 1 / 0;\n", to: "migrations/0002_second.sql")
        let up = try Terminal.run(
            ["migrate", "up", "--dir", folder.url.path, "--database-url", try await TestServer.shared.database()], columns: 90)
        #expect(up.status == 3 && up.printed.contains("[1/2] 0001_first"), "\(up.printed)")
        #expect(
            up.screen.first?.hasPrefix("applied 0001_first in ") == true && up.screen.dropFirst().first?.hasPrefix("error: ") == true,
            "\(up.screen)")
    }
}
