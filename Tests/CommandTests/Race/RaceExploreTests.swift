import Foundation
import TestSupport
import Testing

@testable import domainflow

/// `race explore` from the command line; what it finds is tested with the lab.
@Suite(.blocking) struct RaceExploreTests {
    @Test func aScheduleThatWasNotCarriedOutIsAnError() async throws {
        let url = try await TestServer.shared.url()
        for token in ["9-9-9+writes", "0+writes", "0-0-1-1-1+steps"] {
            let replay = try Program.run("race", "explore", "example/lost_update", "--replay", token, "--database-url", url)
            #expect(replay.status == 2 && replay.output.isEmpty, "\(token): \(replay.output)")
            #expect(replay.error.contains("error: the token '\(token)' cannot be replayed: ") && replay.error.contains("\n  hint: "))
        }
    }

    /// The printed command is pasted into a shell.
    private func again(_ explored: Program.Outcome, in folder: TemporaryFolder) throws -> (line: String, status: Int32) {
        let line = try #require(explored.output.split(separator: "\n").first { $0.hasPrefix("  again: ") }?.dropFirst("  again: ".count))
        let shell = Process()
        (shell.executableURL, shell.currentDirectoryURL) = (URL(filePath: "/bin/sh"), folder.url)
        shell.arguments = ["-c", String(line)]
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        return (String(line), shell.terminationStatus)
    }

    @Test func thePrintedCommandShowsItAgain() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(try Program.run("race", "show", "example/lost_update").output, to: "my file.spec")
        let arguments = ["race", "explore", "my file.spec", "--isolation", "read committed", "--database-url", url]
        let explored = try Program.run(arguments: arguments, in: folder.url)
        #expect(explored.status == 1 && explored.output.contains("the server has no gate module: "), "\(explored.output)")
        #expect(explored.output.contains("`sudo make install` installs it, --gate names one that is not installed"))
        let shown = try again(explored, in: folder)
        #expect(shown.line.hasPrefix("\(Program.path) race explore 'my file.spec' --isolation 'read committed' --database-url '\(url)'"))
        #expect(shown.status == 1, "\(shown.line)")
    }

    @Test func theGateModuleIsNamedAgain() async throws {
        let url = try await TestServer.shared.url()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let build = Process()
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../extension/gate/build.sh")
        (build.executableURL, build.standardOutput) = (script.standardizedFileURL, FileHandle.nullDevice)
        build.arguments = [folder.url.path, try await TestServer.shared.pgConfig()]
        try build.run()
        build.waitUntilExit()
        try #require(build.terminationStatus == 0)
        let gate = ["--gate", "domainflow_gate.so", "--database-url", url]
        let explored = try Program.run(arguments: ["race", "explore", "example/lost_update"] + gate, in: folder.url)
        let shown = try again(explored, in: folder)
        #expect(shown.line.contains(" --gate domainflow_gate.so ") && shown.status == 1, "\(shown.line)")

        // The token needs the module.
        let token = try #require(shown.line.split(separator: " ").last.map(String.init))
        let missing = try Program.run("race", "explore", "example/lost_update", "--replay", token, "--database-url", url)
        #expect(missing.status == 2 && missing.error.contains("hint: Install it with `sudo make install`"), "\(missing.error)")
        let wrong = try Program.run("race", "explore", "example/lost_update", "--gate", "/nonexistent/gate.so", "--database-url", url)
        #expect(wrong.status == 2 && wrong.error.contains("extension/gate/build.sh"), "\(wrong.error)")
    }

    @Test func shownCommandsAreQuotedAndKeepNoPassword() throws {
        #expect("\(ShownCommand("a", "b/c.spec").on(try ConnectionOptions.parse([])))".hasSuffix(" a b/c.spec"))
        #expect("\(ShownCommand("a").with("--mutant", "it's").with("--gate", nil))".hasSuffix(#" a --mutant 'it'\''s'"#))
        func on(_ url: String) throws -> String { "\(ShownCommand("a").on(try ConnectionOptions.parse(["--database-url", url])))" }
        #expect(try on("postgresql://ann@db.example/app").hasSuffix(" a --database-url postgresql://ann@db.example/app"))
        #expect(try on("postgresql://ann:secret@db.example/app").hasSuffix(" a"))
    }
}
