import Foundation

/// Runs programs as the user that owns the cluster, in a directory that this user can enter, with an environment of its own: the caller's
/// PG* variables and language must not reach the server.
struct ChildProcess {
    var user: ClusterUser
    var directory: String

    struct Outcome {
        var status: Int32
        var output: String
        var succeeded: Bool { status == 0 }
    }

    /// Runs a program to its end and collects what it prints. `input` becomes its standard input.
    func run(_ command: [String], input: String? = nil) throws -> Outcome {
        var arguments = user.prefix + command
        // The prefix changes the user only after `cd`, so the directory is entered with our own rights.
        arguments = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory] + arguments
        let output = try Pipe.make()
        let feed = try input.map { _ in try Pipe.make() }
        defer { close(output.read) }
        let pid: pid_t
        do {
            defer {
                close(output.write)
                if let feed { close(feed.read) }
            }
            pid = try Self.spawn(arguments, standardInput: feed?.read, standardOutput: output.write)
        }
        if let feed, let input {
            // Short texts only: they fit the pipe's buffer, so writing does not wait for the reader.
            _ = input.withCString { write(feed.write, $0, strlen($0)) }
            close(feed.write)
        }
        let text = Self.readAll(output.read)
        return Outcome(status: Self.wait(pid), output: text)
    }

    /// Starts a program that outlives this process: in a session of its own, detached from our terminal and pipes, with its output appended
    /// to `log`. Returns its process id; it is not our child, so it need not be waited for.
    func start(_ command: [String], log: String) throws -> pid_t {
        // `setsid` keeps the process id, as the program behind it does: each replaces the one before.
        let script = """
            cd "$1" || exit 1; log=$2; shift 2
            if command -v setsid >/dev/null; then set -- setsid "$@"; fi
            "$@" </dev/null >>"$log" 2>&1 &
            echo $!
            """
        let arguments = ["/bin/sh", "-c", script, "sh", directory, log] + user.prefix + command
        let output = try Pipe.make()
        defer { close(output.read) }
        let launcher: pid_t
        do {
            defer { close(output.write) }
            launcher = try Self.spawn(arguments, standardInput: nil, standardOutput: output.write)
        }
        let text = Self.readAll(output.read)
        guard Self.wait(launcher) == 0, let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw DevClusterError("\(command[0]) could not be started", output: text)
        }
        return pid
    }

    private static var environment: [String] {
        var environment = ["PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"):/usr/sbin:/sbin"]
        // English messages: some are parsed to tell a full disk from other failures.
        environment.append("LC_ALL=C")
        for name in ["TZ", "LD_LIBRARY_PATH", "TMPDIR"] {
            if let value = ProcessInfo.processInfo.environment[name] { environment.append("\(name)=\(value)") }
        }
        return environment
    }

    private static func spawn(
        _ arguments: [String], standardInput: Int32?, standardOutput: Int32
    ) throws -> pid_t {
        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
        posix_spawn_file_actions_adddup2(&actions, standardOutput, 2)
        // Descriptors that the caller left open must not live as long as the server: a pipe would never end.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, arguments[0], &actions, nil, &argv, &envp)
        guard status == 0 else {
            throw DevClusterError("\(arguments[0]) could not be started: \(String(cString: strerror(status)))")
        }
        return pid
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 { bytes.append(contentsOf: buffer[0..<count]) } else if count == 0 || errno != EINTR { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        // The exit code, or 128 + signal as in shells.
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }
}
