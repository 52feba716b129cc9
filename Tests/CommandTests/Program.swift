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
    static func run(arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]) throws -> Outcome {
        let files = try TemporaryFolder()
        defer { files.remove() }
        let environment = ["COLUMNS": "80"].merging(environment) { $1 }
        let pid = try spawn(arguments, in: folder ?? files.url, environment: environment) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, files.path("out"), O_WRONLY | O_CREAT, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, files.path("err"), O_WRONLY | O_CREAT, 0o600)
        }
        return Outcome(status: wait(for: pid), output: try files.text("out"), error: try files.text("err"))
    }

    /// A process in a session of its own.
    ///
    /// Foundation's Process would wait for everything that inherited a descriptor, such as a server that the command started.
    static func spawn(
        _ arguments: [String], in folder: URL, environment extra: [String: String], files: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        let caller = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("PG") && !["DATABASE_URL", "COLUMNS"].contains($0.key)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        files(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which Foundation does not pass on.
        posix_spawnattr_setflags(&attributes, 0x80)
        let command = ["/usr/bin/env", "-C", folder.path, path] + arguments
        var argv = command.map { strdup($0) } + [nil]
        var envp = caller.merging(extra) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, &attributes, &argv, &envp)
        try #require(code == 0, "\(path): \(String(cString: strerror(code)))")
        return pid
    }

    /// Its exit code, or 128 and the signal that ended it.
    static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }
}
