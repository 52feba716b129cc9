import Foundation

/// Where the parts of a cluster are. It is written to `cluster.json` in the cluster's directory, because the data and the socket may have
/// to be elsewhere.
struct ClusterLayout: Codable, Equatable {
    /// Holds the data, the log and, if the path is short enough, the socket; mode 0700, owned by the user that runs the server.
    var home: String
    var socketDirectory: String
    /// The folder of the programs that created the data.
    var bindir: String?

    var data: String { home + "/data" }
    var log: String { home + "/log" }
    /// Included by postgresql.conf; ALTER SYSTEM overrides it.
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

    /// The port is given because PGPORT would apply otherwise.
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

    /// Data outside of `directory`, for a user that cannot reach it.
    static func elsewhere(for directory: String) -> ClusterLayout {
        place(home: "/var/tmp/domainflow-\(geteuid())-\(tag(directory))", for: directory)
    }

    private static func place(home: String, for directory: String) -> ClusterLayout {
        let inside = home + "/socket"
        let short = "/tmp/domainflow-\(geteuid())-\(tag(directory))"
        // libpq takes a comma as the separator between two hosts.
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
            throw DevClusterError("\(path) is damaged", hint: "delete it: the next start writes it again")
        }
    }

    func save(to directory: String) throws {
        // A full disk must not keep a cluster from starting that has nothing new to write.
        if try Self.load(from: directory) == self { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try ClusterFiles.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: Self.file(in: directory))
    }

    private static func file(in directory: String) -> String { directory + "/cluster.json" }
}
