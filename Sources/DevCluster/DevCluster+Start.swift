import Foundation

extension DevCluster {
    /// Decides where the cluster lives, and creates its directories.
    func prepareHome(_ user: ClusterUser) throws -> ClusterLayout {
        // Version control then ignores the directory.
        if access(path + "/.gitignore", F_OK) != 0 { try? ClusterFiles.write("*\n", to: path + "/.gitignore") }
        if let known = try ClusterLayout.load(from: path) {
            try make(known, user)
            return known
        }
        var layout = ClusterLayout.usual(in: path)
        if user.isDropped, let reason = obstacle(layout, user) {
            layout = ClusterLayout.elsewhere(for: path)
            report("the data goes to \(layout.home): \(reason)")
        }
        try make(layout, user)
        if !layout.socketDirectory.hasPrefix(layout.home) {
            let limit = ClusterLayout.longestSocketPath
            report("the socket goes to \(layout.socketDirectory): its path here is longer than \(limit) bytes or contains a comma")
        }
        try layout.save(to: path)
        return layout
    }

    private func make(_ layout: ClusterLayout, _ user: ClusterUser) throws {
        do {
            for directory in [layout.home, layout.socketDirectory] {
                try ClusterFiles.makeDirectory(directory, mode: 0o700, owner: user)
            }
        } catch let refused as ClusterUser.ChownRefused {
            throw DevClusterError("the owner of \(refused.path) cannot be changed to user \(user.name)")
        }
    }

    /// Why the server's user cannot work in the usual place; nil if it can.
    private func obstacle(_ layout: ClusterLayout, _ user: ClusterUser) -> String? {
        do {
            try ClusterFiles.makeDirectory(layout.home, mode: 0o700, owner: user)
        } catch is ClusterUser.ChownRefused {
            return "the file system here does not let the owner of files be changed to user \(user.name)"
        } catch {
            return nil
        }
        let probe = try? ChildProcess(user: user, directory: "/").run(["/usr/bin/test", "-w", layout.home])
        guard probe?.succeeded != true else { return nil }
        rmdir(layout.home)
        return "user \(user.name), which runs the server, cannot reach \(path)"
    }

    func programs(for layout: ClusterLayout, child: ChildProcess) throws -> ServerPrograms {
        let versionFile = layout.data + "/PG_VERSION"
        let complete = FileManager.default.fileExists(atPath: layout.marker)
        let text = complete ? try? String(contentsOfFile: versionFile, encoding: .utf8) : nil
        let major = text.flatMap { Int($0.prefix(while: \.isNumber)) }
        // The programs that created the data are used again as long as they exist.
        let kept = layout.bindir.flatMap { FileManager.default.fileExists(atPath: $0 + "/postgres") ? $0 : nil }
        let named = pgBindir?.path ?? (complete ? kept : nil)
        let programs = try ServerPrograms.find(named: named, major: major, child: child)
        if let major, programs.majorVersion != major {
            throw DevClusterError(
                "the data in \(path) was made by PostgreSQL \(major), and \(programs.bindir) is PostgreSQL \(programs.majorVersion)",
                hint: "name the folder of PostgreSQL \(major)'s programs with --pg-bindir, or drop the data: domainflow dev reset")
        }
        return programs
    }

    /// Removes what a crash left behind: backends without a postmaster, and lock files that name a dead process or an unrelated one.
    func clearRemains(_ layout: ClusterLayout, server: ServerProcess) throws {
        if FileManager.default.fileExists(atPath: server.pidFile) {
            report("the server was not shut down last time; it recovers now")
        }
        server.endSurvivors()
        let survivors = server.survivors()
        guard survivors.isEmpty else {
            throw DevClusterError(
                "processes of a killed server still use \(layout.data): \(survivors.map(String.init).joined(separator: ", "))",
                hint: "end them and start again; two servers would destroy the files that they share")
        }
        unlink(server.pidFile)
        let socket = ClusterLayout.socketPath(in: layout.socketDirectory)
        unlink(socket)
        unlink(socket + ".lock")
    }

    // MARK: Data

    func initialize(_ layout: ClusterLayout, programs: ServerPrograms, child: ChildProcess) throws {
        if FileManager.default.fileExists(atPath: layout.data) {
            report("an interrupted start left half-made data; creating it again")
        }
        try ClusterFiles.remove(layout.data)
        do {
            try runInitdb(layout, programs, child)
            try configure(layout, user: child.user)
            // Single-user mode needs no client program: some packages of the server come without one.
            let outcome = try child.run(
                [programs.postgres, "--single", "-D", layout.data, "-c", "log_checkpoints=off", "postgres"],
                input: "CREATE DATABASE \(ClusterLayout.database)\n")
            guard outcome.succeeded, !outcome.output.contains("ERROR:"), !outcome.output.contains("FATAL:") else {
                throw failure("the database \(ClusterLayout.database) could not be created", outcome.output, layout)
            }
            try ClusterFiles.write("\(programs.majorVersion)\n", to: layout.marker, owner: child.user)
        } catch {
            try? ClusterFiles.remove(layout.data)
            throw error
        }
    }

    private func runInitdb(_ layout: ClusterLayout, _ programs: ServerPrograms, _ child: ChildProcess) throws {
        var command = [programs.initdb, "-D", layout.data, "-U", ClusterLayout.role, "-A", "trust", "-E", "UTF8"]
        if isThrowaway { command.append("--no-sync") }
        // C.UTF-8 sorts by code point and knows letters; systems without it get C.
        var outcome = try child.run(command + ["--locale=C.UTF-8"])
        if !outcome.succeeded, outcome.output.contains("invalid locale name") {
            outcome = try child.run(command + ["--locale=C"])
        }
        guard outcome.succeeded else { throw failure("initdb failed", outcome.output, layout) }
    }

    /// Allows connections over the socket only, from every user that can open it.
    private func configure(_ layout: ClusterLayout, user: ClusterUser) throws {
        let access = "# The socket's directory is open to its owner only.\nlocal all all trust\nlocal replication all trust\n"
        try ClusterFiles.write(access, to: layout.data + "/pg_hba.conf", owner: user)
        let file = layout.data + "/postgresql.conf"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try ClusterFiles.write(text + "\ninclude_if_exists = 'domainflow.conf'\n", to: file, owner: user)
    }

    func writeSettings(_ layout: ClusterLayout, user: ClusterUser) throws {
        let file = layout.settingsFile
        guard !settings.isEmpty || !FileManager.default.fileExists(atPath: file) else { return }
        var all = ["shared_buffers": "256MB", "max_connections": "200", "log_line_prefix": "%m [%p] %q%a "]
        if isThrowaway {
            // A crash of the server loses nothing by this; only a crash of the machine does.
            all["fsync"] = "off"
            all["shared_buffers"] = "64MB"
        }
        for (name, value) in settings {
            guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }), !name.isEmpty,
                !value.contains("\n")
            else { throw DevClusterError("\(name) = \(value) is not a valid setting") }
            all[name] = value
        }
        let lines = all.sorted { $0.key < $1.key }.map { name, value in
            "\(name) = \(Self.quoted(value, in: "'"))\n"
        }
        try ClusterFiles.write(lines.joined(), to: file, owner: user)
    }

    func restore(_ text: String?, to file: String, user: ClusterUser) {
        unlink(file)
        if let text { try? ClusterFiles.write(text, to: file, owner: user) }
    }

    // MARK: Server

    func launch(_ layout: ClusterLayout, programs: ServerPrograms, child: ChildProcess, server: ServerProcess) throws {
        // Only the log of this start is shown if it fails.
        let old = layout.log + ".old"
        unlink(old)
        rename(layout.log, old)
        try ClusterFiles.write("", to: layout.log, owner: child.user)
        let pid = try child.start(
            [
                programs.postgres, "-D", layout.data,
                "-c", "listen_addresses=", "-c", "port=\(ClusterLayout.port)",
                // The setting is a list: in quotes, commas and blanks are part of the name.
                "-c", "unix_socket_directories=\(Self.quoted(layout.socketDirectory, in: "\""))",
                "-c", "unix_socket_permissions=0700",
            ], log: layout.log)
        do {
            try waitUntilReady(layout, server: server, pid: pid)
        } catch {
            if server.isServer(pid) { kill(pid, SIGQUIT) }
            throw error
        }
    }

    /// In quotes, with the quotes inside doubled. By scalars, as the server reads.
    private static func quoted(_ text: String, in mark: Unicode.Scalar) -> String {
        var quoted = String(mark)
        for scalar in text.unicodeScalars {
            if scalar == mark { quoted.unicodeScalars.append(mark) }
            quoted.unicodeScalars.append(scalar)
        }
        quoted.unicodeScalars.append(mark)
        return quoted
    }

    /// `pid`: the process that was started, whose end is noticed; nil if the server was running already.
    func waitUntilReady(_ layout: ClusterLayout, server: ServerProcess, pid: pid_t?) throws {
        let begin = ContinuousClock.now
        var told = false
        while true {
            if server.isReady(), server.postmaster() != nil { return }
            let waited = begin.duration(to: .now)
            // Between spawn and exec the process is not a server yet.
            let gone = pid.map { waited > .seconds(1) && !server.isServer($0) } ?? (server.postmaster() == nil)
            let log = ClusterFiles.lastLines(of: layout.log)
            if gone || log.contains("FATAL:") && pid.map({ kill($0, 0) != 0 }) == true {
                throw failure("the server did not start", log, layout)
            }
            if waited > .seconds(5), !told {
                told = true
                report("the server is still recovering from its last crash")
            }
            guard waited < .seconds(300) else {
                throw DevClusterError("the server is not ready after 300 s", hint: "its log: \(layout.log)", output: log)
            }
            usleep(10_000)
        }
    }

    private func failure(_ what: String, _ output: String, _ layout: ClusterLayout) -> DevClusterError {
        let lines = output.split(separator: "\n").suffix(12).joined(separator: "\n")
        if output.contains("No space left on device") {
            return ClusterFiles.diskFull(near: layout.home, output: lines)
        }
        if output.contains("could not create shared memory") || output.contains("could not map anonymous shared memory") {
            return DevClusterError(what, hint: "not enough memory: start with --set shared_buffers=32MB", output: lines)
        }
        return DevClusterError(what, output: lines)
    }
}
