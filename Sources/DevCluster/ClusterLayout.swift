import Foundation

/// Where the parts of a cluster are. Written to `cluster.json` in the cluster's directory, because data and socket may
/// have to live elsewhere.
struct ClusterLayout: Codable, Equatable {
    /// Holds data, log and, if the path is short enough, the socket; 0700, of the user that runs the server.
    var home: String
    var socketDirectory: String
    /// The programs that made the data.
    var bindir: String?

    var data: String { home + "/data" }
    var log: String { home + "/log" }
    /// Included by postgresql.conf; ALTER SYSTEM wins over it.
    var settingsFile: String { data + "/domainflow.conf" }
    /// Written when the data directory is complete: initdb may have been interrupted anywhere before.
    var marker: String { home + "/complete" }

    static let database = "domainflow"
    static let role = "postgres"
    static let port = 5432
    /// `sun_path` has 108 bytes on Linux (104 elsewhere), with a NUL at the end.
    #if os(Linux)
        static let longestSocketPath = 107
    #else
        static let longestSocketPath = 103
    #endif

    static func socketPath(in directory: String) -> String { "\(directory)/.s.PGSQL.\(port)" }

    /// The port is named because PGPORT would win otherwise.
    var url: String {
        let host =
            socketDirectory.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "/-._")))
            ?? socketDirectory
        return "postgresql:///\(Self.database)?host=\(host)&port=\(Self.port)&user=\(Self.role)"
    }

    /// Everything inside `directory`, with the socket in a short place if the path would be too long for one.
    static func usual(in directory: String) -> ClusterLayout {
        place(home: directory + "/cluster", for: directory)
    }

    /// Data outside of `directory`, for the user that cannot get there.
    static func elsewhere(for directory: String) -> ClusterLayout {
        place(home: "/var/tmp/domainflow-\(geteuid())-\(tag(directory))", for: directory)
    }

    private static func place(home: String, for directory: String) -> ClusterLayout {
        let inside = home + "/socket"
        let short = "/tmp/domainflow-\(geteuid())-\(tag(directory))"
        // libpq takes a comma for the end of one host and the beginning of the next.
        let fits = socketPath(in: inside).utf8.count <= longestSocketPath && !inside.contains(",")
        return ClusterLayout(home: home, socketDirectory: fits ? inside : short)
    }

    /// The same for the same directory, different for others (FNV-1a).
    private static func tag(_ directory: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in directory.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }

    static func load(from directory: String) throws -> ClusterLayout? {
        let path = file(in: directory)
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        do {
            return try JSONDecoder().decode(ClusterLayout.self, from: data)
        } catch {
            throw DevClusterError("\(path) is damaged", hint: "delete it: it is written anew at the next start")
        }
    }

    func save(to directory: String) throws {
        // A full disk must not keep a cluster from starting that has nothing new to write down.
        if try Self.load(from: directory) == self { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try ClusterFiles.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: Self.file(in: directory))
    }

    private static func file(in directory: String) -> String { directory + "/cluster.json" }
}

/// Files and directories, with errors that name the path and tell a full disk from the rest.
enum ClusterFiles {
    static func makeDirectory(_ path: String, mode: mode_t, owner: ClusterUser? = nil) throws {
        if mkdir(path, mode) != 0 {
            let code = errno
            guard code == EEXIST else { throw failure("\(path) cannot be made", code, near: path) }
            var info = stat()
            guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
                throw DevClusterError("\(path) is in the way: it is not a directory")
            }
            // In /tmp anybody may have made it first.
            guard info.st_uid == geteuid() || info.st_uid == owner?.uid else {
                throw DevClusterError("\(path) belongs to another user", hint: "remove it, or work in another directory")
            }
        }
        guard chmod(path, mode) == 0 else { throw failure("\(path): mode not set", errno, near: path) }
        try owner?.own(path)
    }

    /// Whole or not at all: a crash or a full disk leaves the old file.
    static func write(_ text: String, to path: String, owner: ClusterUser? = nil) throws {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("\(temporary) cannot be written", errno, near: path) }
        let bytes = Array(text.utf8)
        let written = Foundation.write(descriptor, bytes, bytes.count)
        let code = errno
        close(descriptor)
        guard written == bytes.count else {
            unlink(temporary)
            throw failure("\(temporary) cannot be written", written < 0 ? code : ENOSPC, near: path)
        }
        try owner?.own(temporary)
        guard rename(temporary, path) == 0 else { throw failure("\(path) cannot be written", errno, near: path) }
    }

    static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw DevClusterError("\(path) cannot be removed: \(error.localizedDescription)")
        }
    }

    static func lastLines(of path: String, _ count: Int = 12) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let text = String(decoding: data.suffix(8192), as: UTF8.self)
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    static func failure(_ what: String, _ code: Int32, near path: String) -> DevClusterError {
        if code == ENOSPC || code == EDQUOT { return diskFull(near: path) }
        return DevClusterError("\(what): \(String(cString: strerror(code)))")
    }

    static func diskFull(near path: String, output: String? = nil) -> DevClusterError {
        var info = statvfs()
        var existing = path
        while statvfs(existing, &info) != 0, existing.count > 1 {
            existing = (existing as NSString).deletingLastPathComponent
        }
        let free = UInt64(info.f_bavail) * UInt64(info.f_frsize) / 1_048_576
        return DevClusterError(
            "no space left on the disk: \(free) MB are free at \(path)",
            hint: "a new cluster takes about 50 MB, and PostgreSQL keeps up to 1 GB of log (WAL); make room and start again",
            output: output)
    }
}
