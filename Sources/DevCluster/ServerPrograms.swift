import Foundation

/// A directory with `postgres` and `initdb` in it.
struct ServerPrograms: Sendable, Hashable {
    let bindir: String
    let majorVersion: Int
    /// e.g. `15.20 (Debian ...)`
    let version: String

    var initdb: String { bindir + "/initdb" }
    var postgres: String { bindir + "/postgres" }

    /// Checks `bindir` as the user that will run the server, who must be able to reach it.
    init(bindir: String, child: ChildProcess) throws {
        self.bindir = bindir
        for program in ["postgres", "initdb"] {
            let path = bindir + "/" + program
            guard FileManager.default.fileExists(atPath: path) else {
                throw DevClusterError(
                    "\(bindir) holds no PostgreSQL server: there is no \(program)",
                    hint: "--pg-bindir takes the folder that holds postgres and initdb")
            }
            guard access(path, X_OK) == 0 else {
                throw DevClusterError("\(path) is not executable", hint: "chmod +x \(bindir)/*")
            }
        }
        let outcome = try child.run([bindir + "/postgres", "--version"])
        guard outcome.succeeded else {
            throw DevClusterError(
                "\(bindir)/postgres cannot be run as user \(child.user.name)",
                hint: child.user.isDropped ? "the folders above it must be open to that user; copy it to /opt, for example" : nil,
                output: outcome.output)
        }
        // postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1), or 19devel
        let words = outcome.output.split(whereSeparator: \.isWhitespace)
        guard words.count >= 3, let major = Int(words[2].prefix(while: \.isNumber)) else {
            throw DevClusterError("\(bindir)/postgres does not print its version", output: outcome.output)
        }
        guard major >= 14 else {
            throw DevClusterError("\(bindir) is PostgreSQL \(major); the oldest supported version is 14")
        }
        majorVersion = major
        version = words[2...].joined(separator: " ")
    }

    /// The server to use: the one named, or the newest found; for an existing cluster, one of its major version.
    static func find(named bindir: String?, major: Int?, child: ChildProcess) throws -> ServerPrograms {
        if let bindir { return try ServerPrograms(bindir: bindir, child: child) }
        var found: [ServerPrograms] = []
        for candidate in candidates() where FileManager.default.fileExists(atPath: candidate + "/postgres") {
            guard let programs = try? ServerPrograms(bindir: candidate, child: child) else { continue }
            // pg_config, the first candidate, is the user's own choice; after it the newest.
            if programs.majorVersion == major ?? programs.majorVersion { return programs }
            found.append(programs)
        }
        if let major, let other = found.first {
            throw DevClusterError(
                "the data was made by PostgreSQL \(major), and only PostgreSQL \(other.majorVersion) was found (\(other.bindir))",
                hint: "name the folder of PostgreSQL \(major)'s programs with --pg-bindir, or drop the data: domainflow dev reset")
        }
        throw DevClusterError(
            "no PostgreSQL server was found: not by pg_config, not in /usr/lib/postgresql/*/bin",
            hint: "`make setup` installs one, or name the folder of its programs with --pg-bindir")
    }

    private static func candidates() -> [String] {
        var candidates: [String] = []
        if let configured = pgConfig() { candidates.append(configured) }
        let roots = [
            ("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/opt/homebrew/opt", "postgresql@"),
            ("/usr/local/opt", "postgresql@"),
        ]
        for (root, prefix) in roots {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
            let versions = names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }
            candidates += versions.sorted(by: >).map { "\(root)/\(prefix)\($0)/bin" }
        }
        return candidates + ["/usr/local/pgsql/bin"]
    }

    private static func pgConfig() -> String? {
        // As the calling user: it only prints a path, and our PATH finds it.
        guard let user = try? ClusterUser.current() else { return nil }
        let plain = ClusterUser(name: user.name, uid: user.uid, gid: user.gid, isDropped: false)
        let outcome = try? ChildProcess(user: plain, directory: "/").run(["/bin/sh", "-c", "pg_config --bindir"])
        guard let outcome, outcome.succeeded else { return nil }
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
