import DevCluster
import Foundation
import TestSupport
import Testing

/// The documented exit codes, and messages that say what was wrong and what to do.
@Suite(.blocking) struct ExitTests {
    @Test func wrongUsageIs64() throws {
        for arguments in [["nonsense"], ["migrate", "up", "--no-such-option"], ["race", "run", "--seconds", "many", "--all"]] {
            let outcome = try Program.run(arguments: arguments)
            #expect(outcome.status == 64, "\(arguments)")
            #expect(outcome.output.isEmpty && outcome.error.contains("Usage:"), "\(arguments): \(outcome.error)")
        }
    }

    @Test func whatStandardOutputDoesNotTakeIsAnError() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let pid = try Program.spawn(["race", "list"], in: folder.url, environment: [:]) { actions in
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/full", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, folder.path("err"), O_WRONLY | O_CREAT, 0o600)
        }
        #expect(Program.wait(for: pid) == 2)
        #expect(try folder.text("err") == "error: cannot write to standard output: No space left on device\n")
    }

    @Test func versionNamesTheProgramAndItsSQL() throws {
        let outcome = try Program.run("--version")
        #expect(outcome.status == 0)
        #expect(
            outcome.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+ \(SQL [0-9]+\.[0-9]+\.[0-9]+( and \d+ unreleased steps?)?\)\n/) != nil)
    }

    @Test func unreachableServerIs3() throws {
        let outcome = try Program.run("migrate", "status", "--database-url", "host=/nonexistent dbname=x connect_timeout=2")
        #expect(outcome.status == 3)
        #expect(outcome.error.contains("/nonexistent"))
    }

    @Test func brokenStepIs2WithFileAndLine() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("SELECT 1;\n--! include functions/missing.sql\n", to: "migrations/0001_first.sql")
        let outcome = try Program.run("migrate", "lint", "--dir", folder.url.path)
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("0001_first.sql:2"), "\(outcome.error)")
    }

    @Test func missingFolderIs2() throws {
        let outcome = try Program.run("migrate", "lint", "--dir", "/nonexistent")
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("/nonexistent"))
    }

    @Test func unknownScenarioIs2() throws {
        let outcome = try Program.run("race", "run", "no/such", "--database-url", "host=/nonexistent")
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("no/such"))
    }

    @Test func stoppedClusterIs1() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let outcome = try Program.run("dev", "status", in: folder.url)
        #expect(outcome.status == 1)
    }
}
