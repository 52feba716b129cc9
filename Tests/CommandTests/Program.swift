import Foundation
import Testing

/// The built command, run as a user runs it.
struct Program {
    struct Outcome {
        var status: Int32
        var output: String
        var error: String
    }

    /// DOMAINFLOW, else beside the tests.
    static let path =
        ProcessInfo.processInfo.environment["DOMAINFLOW"]
        ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("domainflow").path

    static func run(_ arguments: String..., in folder: URL? = nil, environment: [String: String] = [:]) throws -> Outcome {
        try run(arguments: arguments, in: folder, environment: environment)
    }

    /// Runs it in `folder` with none of the caller's database settings.
    static func run(arguments: [String], in folder: URL? = nil, environment extra: [String: String] = [:]) throws -> Outcome {
        let files = try TemporaryFolder()
        defer { files.remove() }
        let caller = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") && $0.key != "DATABASE_URL" }
        let environment = caller.merging(["COLUMNS": "80"]) { $1 }.merging(extra) { $1 }

        // Not Foundation's Process: it waits for everything that inherited a descriptor from it, so for a server that was started.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files.path("out"), O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files.path("err"), O_WRONLY | O_CREAT, 0o600)
        let command = ["/usr/bin/env", "-C", folder?.path ?? files.url.path, path] + arguments
        var argv = command.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }

        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, nil, &argv, &envp)
        try #require(code == 0, "\(path): \(String(cString: strerror(code)))")
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let exited = status & 0x7f == 0
        return Outcome(
            status: exited ? (status >> 8) & 0xff : 128 + (status & 0x7f), output: try files.text("out"), error: try files.text("err"))
    }
}

/// Whoever makes it removes it.
struct TemporaryFolder {
    let url: URL

    init() throws {
        // Short, for the socket of a cluster in it.
        url = URL(fileURLWithPath: "/tmp/dfc-\(UInt32.random(in: 0...UInt32.max))", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    func write(_ text: String, to path: String) throws {
        let file = url.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}
