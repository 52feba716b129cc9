import Foundation

/// The server processes of one data directory, as the system shows them. A process id alone proves nothing: another program may have been
/// given it since the file was written.
struct ServerProcess {
    let dataDirectory: String

    /// The postmaster's process id, if it is alive and works in this data directory.
    func postmaster() -> pid_t? {
        guard let pid = pidInFile(), isServer(pid) else { return nil }
        return pid
    }

    /// The postmaster says in its pid file when it accepts connections.
    func isReady() -> Bool {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8) else { return false }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count >= 8 && lines[7].hasPrefix("ready")
    }

    var pidFile: String { dataDirectory + "/postmaster.pid" }

    func pidInFile() -> pid_t? {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    #if os(Linux)
        /// A process of PostgreSQL that is not a zombie and whose working directory is the data directory.
        func isServer(_ pid: pid_t) -> Bool {
            let proc = "/proc/\(pid)"
            guard let place = try? FileManager.default.destinationOfSymbolicLink(atPath: proc + "/cwd"),
                place == realPath(dataDirectory),
                let program = try? FileManager.default.destinationOfSymbolicLink(atPath: proc + "/exe")
            else { return false }
            // The link reads ".../postgres (deleted)" after an upgrade of the package.
            return program.contains("/postgres") && !isZombie(pid)
        }

        /// Backends that outlived a killed postmaster. While one lives, no new postmaster may start: both would write the same files.
        func survivors() -> [pid_t] {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return entries.compactMap { pid_t($0) }.filter { isServer($0) }
        }

        private func isZombie(_ pid: pid_t) -> Bool {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let close = stat.lastIndex(of: ")")
            else { return true }
            return stat[close...].dropFirst(2).first == "Z"
        }
    #else
        func isServer(_ pid: pid_t) -> Bool { kill(pid, 0) == 0 }
        func survivors() -> [pid_t] { [] }
    #endif

    /// Ends the backends of a killed server: with SIGQUIT first, then with SIGKILL.
    func endSurvivors() {
        var left = survivors()
        guard !left.isEmpty else { return }
        for pid in left { kill(pid, SIGQUIT) }
        for round in 0..<100 {
            usleep(50_000)
            left = survivors()
            if left.isEmpty { return }
            if round == 60 { for pid in left { kill(pid, SIGKILL) } }
        }
    }
}

func realPath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
