import Foundation
import TestSupport
import Testing

@testable import domainflow

/// Ctrl-C in a terminal, of every command that takes long: what was found so far, "interrupted", and 130.
@Suite(.blocking) struct InterruptTests {
    /// The steps of these sessions have too many orders to run them all.
    private static let endless = """
        operation nap { SELECT pg_sleep(0.01) }
        session a step a1 { SELECT pg_sleep(0.01); } step a2 { SELECT 1; } step a3 { SELECT 1; } step a4 { SELECT 1; }
        session b step b1 { SELECT pg_sleep(0.01); } step b2 { SELECT 1; } step b3 { SELECT 1; } step b4 { SELECT 1; }
        session c step c1 { SELECT pg_sleep(0.01); } step c2 { SELECT 1; } step c3 { SELECT 1; } step c4 { SELECT 1; }
        invariant none { SELECT 1 WHERE false }

        """
    /// The scenario creates a function for the mutants to change.
    private static let changed = """
        setup { CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1 + 1' }
        operation call { SELECT public.f(), pg_sleep(0.01) }
        invariant none { SELECT 1 WHERE false }
        mutant one in public.f replace '1 + 1' with '2'
        mutant two in public.f replace '1 + 1' with '3'

        """

    /// Presses Ctrl-C when `sight` appears, and checks what holds for all commands.
    private func interrupt(
        _ arguments: [String], at sight: String, files: [String: String] = [:], location: SourceLocation = #_sourceLocation
    ) async throws -> Terminal.Outcome {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, to: name) }
        let url = try await TestServer.shared.url()
        let database = arguments.contains("--database-url") || arguments[1] == "check" ? [] : ["--database-url", url]
        let outcome = try Terminal.run(arguments + database, columns: 100, in: folder.url, typing: [.init(sight: sight)])
        #expect(outcome.status == ExitStatus.interrupted.rawValue, "\(outcome.printed)", sourceLocation: location)
        #expect(outcome.screen.contains { $0.hasPrefix("interrupted: ") }, "\(outcome.printed)", sourceLocation: location)
        for line in outcome.screen {
            #expect(
                !line.hasSuffix("held") && !line.contains("scenarios held") && !line.contains("NOT"), "\(line)", sourceLocation: location)
        }
        return outcome
    }

    @Test func raceRun() async throws {
        let run = try await interrupt(
            ["race", "run", "a.spec", "b.spec", "--junit", "/dev/null", "--connections", "2"], at: " operations, ",
            files: ["a.spec": Self.endless, "b.spec": Self.endless])
        #expect(run.screen.contains { $0.contains("(interrupted)") } && run.screen.contains { $0.hasPrefix("  nap ") }, "\(run.screen)")
        #expect(run.screen.last == "interrupted: 0 of 2 scenarios were completed; not run: b")
    }

    @Test func reportsOfAnInterruptedRunAreNotPassed() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.endless, to: "a.spec")
        try folder.write(Self.endless, to: "b.spec")
        let run = try Terminal.run(
            ["race", "run", "a.spec", "b.spec", "--junit", "out.xml", "--json", "--database-url", try await TestServer.shared.url()],
            columns: 100, in: folder.url, typing: [.init(sight: " operations, ")])
        #expect(
            run.status == 130 && run.printed.contains("\"held\":false") && run.printed.contains("\"interrupted\":true"), "\(run.printed)")
        let junit = try folder.text("out.xml")
        #expect(
            junit.contains("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"2\"")
                && junit.contains("<skipped message=\"interrupted before it ran\"/>"), "\(junit)")
    }

    @Test func raceExplore() async throws {
        let explored = try await interrupt(
            ["race", "explore", "a.spec", "--seconds", "60"], at: " schedules, ", files: ["a.spec": Self.endless])
        #expect(explored.screen.contains { $0.contains("interrupted: no promise was broken until then") }, "\(explored.screen)")
        #expect(explored.screen.last == "interrupted: 0 of 1 explorations were completed")
    }

    @Test func raceMutate() async throws {
        let mutated = try await interrupt(["race", "mutate", "a.spec"], at: "[1/2] a", files: ["a.spec": Self.changed])
        #expect(
            mutated.screen.contains { $0.contains("interrupted, 2 not tried") }
                && mutated.screen.last == "interrupted: 0 of 2 changes were tried")
    }

    /// The baseline says at once that it stops, and does not go on to the mutants.
    @Test func raceMutateGenerated() async throws {
        let mutated = try await interrupt(
            ["race", "mutate", "--generated", "--schema", "public", "--setup", "f.sql", "--tests", "tests", "--no-scenarios"],
            at: "test files with unchanged functions",
            files: [
                "f.sql": "CREATE FUNCTION public.f(n int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN n > 1 THEN n ELSE 0 END';",
                "tests/f.sql": "BEGIN;\nSELECT plan(1);\nSELECT pg_sleep(60), is(f(1), 0);\nROLLBACK;\n",
            ])
        #expect(mutated.screen.contains("stopping…"), "\(mutated.screen)")
        #expect(mutated.screen.last?.hasPrefix("interrupted: 0 of ") == true, "\(mutated.screen)")
    }

    @Test func raceSpec() async throws {
        let spec = try await interrupt(
            ["race", "spec", "quick.spec", "slow.spec"], at: "quick step",
            files: [
                "quick.spec": "session s step \"quick step\" { SELECT 1; }",
                "slow.spec": "session s step slow { SELECT pg_sleep(60); }",
            ])
        #expect(spec.screen.last == "interrupted: 1 of 2 files were completed", "\(spec.printed)")
    }

    @Test func raceCheck() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let lines = (0..<100_000).map { n in
            #"{"start":\#(n * 100),"end":\#(n * 100 + 50),"client":0,"seq":\#(n),"op":"w","args":{},"outcome":"ok","#
                + #""rows":[{"race_key":"a","race_read":"\#(n)","race_write":"\#(n + 1)"}]}"#
        }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "history.jsonl")
        let check = try Terminal.run(["race", "check", "history.jsonl"], columns: 100, in: folder.url) { pid in
            while !Self.handles(SIGTERM, pid) { usleep(1000) }
            kill(pid, SIGTERM)
        }
        #expect(check.status == 130 && check.screen.last == "interrupted: 0 of 3 checks were completed", "\(check.printed)")
    }

    /// Whether the process has a handler for that signal by now.
    private static func handles(_ signal: Int32, _ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
        let caught = status.firstMatch(of: /SigCgt:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
        return caught & 1 << UInt64(signal - 1) != 0
    }

    @Test func load() async throws {
        let load = try await interrupt(["load", "load", "a.spec"], at: "ramp up", files: ["a.spec": Self.endless])
        #expect(load.screen.contains { $0.hasPrefix("  nap ") }, "\(load.screen)")
        #expect(load.screen.contains { $0.contains("interrupted: nothing was broken until then") }, "\(load.screen)")
    }

    /// Without an answer no threshold was measured: that is neither held nor broken.
    @Test func loadWithoutAnswers() async throws {
        let load = try await interrupt(
            ["load", "smoke", "a.spec", "--rate", "0.1", "--seconds", "60"], at: "a: ", files: ["a.spec": Self.endless])
        #expect(load.screen.contains { $0.contains("interrupted: nothing was broken until then") }, "\(load.screen)")
        #expect(load.screen.last?.hasPrefix("interrupted: after 0 answers in ") == true, "\(load.screen)")
        #expect(!load.screen.contains { $0.contains("did not hold") }, "\(load.screen)")
    }

    @Test func work() async throws {
        let url = try await TestServer.shared.migratedDatabase()
        let work = try await interrupt(["work", "--workers", "2", "--database-url", url], at: "generating")
        #expect(work.screen.contains { $0.hasPrefix("0 names in 0 jobs") }, "\(work.screen)")
    }

    @Test func demo() async throws {
        let url = try await TestServer.shared.migratedDatabase()
        let demo = try await interrupt(
            ["demo", "--names", "2000000", "--workers", "2", "--database-url", url], at: "0/2,000,000")
        #expect(
            demo.screen.contains { $0.contains("of 2,000,000 names were generated") }
                && demo.screen.contains { $0.contains("domainflow work --until-done") })
        #expect(demo.screen.contains { $0.contains("names/s, ") }, "\(demo.screen)")
    }

    @Test func migrate() async throws {
        let database = try await TestServer.shared.database()
        let up = try await interrupt(
            ["migrate", "up", "--dir", ".", "--database-url", database], at: "applied 0001",
            files: ["migrations/0001_first.sql": "SELECT 1;\n", "migrations/0002_second.sql": "SELECT pg_sleep(60);\n"])
        #expect(up.screen.contains { $0.contains("1 of 2 pending steps were applied and remain applied") }, "\(up.screen)")
    }

    @Test func theSecondOneEndsItAtOnce() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            "operation quick { SELECT 1 }\noperation nap { SELECT pg_sleep(60) }\ninvariant none { SELECT 1 WHERE false }", to: "a.spec")
        // Until every client naps.
        let run = try Terminal.run(
            ["race", "run", "a.spec", "--connections", "2", "--seconds", "60", "--database-url", try await TestServer.shared.url()],
            columns: 100, in: folder.url, typing: [.init(sight: " operations, 0/s"), .init(sight: "^C\r")])
        #expect(run.status == 128 + SIGINT && !run.printed.contains("interrupted:"), "\(run.printed)")
    }

    @Test func heldIsFalseInTheJSONOfWhatWasInterrupted() throws {
        struct Report: Encodable { var held = true, name = "x" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        func json(_ interrupted: Bool) throws -> String {
            String(decoding: try encoder.encode(JudgedReport(report: Report(), interrupted: interrupted)), as: UTF8.self)
        }
        #expect(try json(true) == #"{"held":false,"name":"x"}"# && json(false) == #"{"held":true,"name":"x"}"#)
    }
}
