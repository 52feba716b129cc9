import Foundation
import TestSupport
import Testing

/// What `--help` prints is part of the interface: a change of it is seen in review.
///
/// Run with UPDATE_SNAPSHOTS=1 to accept what it prints now.
@Suite(.blocking) struct HelpTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Help")

    /// The help of every command and subcommand; asked for once.
    static let all = Result { try commands() }

    /// Every command and subcommand, found by asking for help.
    private static func commands(under command: [String] = []) throws -> [(command: [String], help: String)] {
        let help = try help(command)
        guard let list = help.range(of: "\nSUBCOMMANDS:\n") else { return [(command, help)] }
        let names = help[list.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("  ") }
            .filter { !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        return try [(command, help)] + names.flatMap { try commands(under: command + [$0]) }
    }

    static func help(_ command: [String]) throws -> String {
        let outcome = try Program.run(arguments: ["help"] + command)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "help \(command)")
        return outcome.output
    }

    @Test func helpIsAsInTheSnapshots() throws {
        let update = ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] != nil
        var seen: Set<String> = []
        for (command, found) in try Self.all.get() {
            let name = (["domainflow"] + command).joined(separator: "-") + ".txt"
            seen.insert(name)
            let file = Self.folder.appendingPathComponent(name)
            if update {
                try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
                try Data(found.utf8).write(to: file)
            } else {
                let expected = try? String(contentsOf: file, encoding: .utf8)
                #expect(found == expected, "\(name): run with UPDATE_SNAPSHOTS=1 if the change is meant")
            }
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) where !seen.contains(name) {
            if update {
                try FileManager.default.removeItem(at: Self.folder.appendingPathComponent(name))
            } else {
                Issue.record("\(name) is of a command that is not there")
            }
        }
    }

    @Test func everyCommandSaysWhatItIsFor() throws {
        for (command, help) in try Self.all.get() {
            #expect(help.hasPrefix("OVERVIEW: "), "\(command)")
        }
    }
}
