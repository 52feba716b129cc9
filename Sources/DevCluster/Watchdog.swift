import Foundation

/// A shell that waits for the end of this process, by reading from a pipe whose other end only this process holds, and then removes the
/// cluster. Unlike a handler inside the process it works after SIGKILL, too.
final class Watchdog: Sendable {
    private let lifeline: Int32

    init(pidFile: String, directory: String) throws {
        let pipe = try Pipe.make()
        lifeline = pipe.write
        defer { close(pipe.read) }
        let script = """
            ( read -r _ <&3
              if [ -d "$2" ]; then
                if [ -f "$1" ]; then kill -QUIT "$(head -n 1 "$1")" 2>/dev/null; fi
                for _ in 1 2 3 4 5; do rm -rf "$2" 2>/dev/null && break; sleep 1; done
              fi ) &
            """
        try Self.spawnDetached(["/bin/sh", "-c", script, "sh", pidFile, directory], descriptor: pipe.read)
    }

    deinit { close(lifeline) }

    private static func spawnDetached(_ arguments: [String], descriptor: Int32) throws {
        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for standard: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, descriptor, 3)
        // A process group of its own: Ctrl-C ends the tests, but not the shell that tidies up after them.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var argv = arguments.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, environ)
        guard status == 0 else { throw DevClusterError("the watchdog cannot be started: \(String(cString: strerror(status)))") }
        // Waits only for the shell that put the watchdog into the background, which ends at once.
        var ignored: Int32 = 0
        while waitpid(pid, &ignored, 0) < 0, errno == EINTR {}
    }
}
