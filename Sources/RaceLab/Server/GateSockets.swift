import Foundation

/// The sockets at which labs listen for the gate module.
public enum GateSockets {
    static let folder = "/tmp"
    static let prefix = "dfg-"

    /// Removes the folders of sockets at which nobody listens any more, and returns their paths.
    ///
    /// - Parameter dryRun: only names them.
    public static func removeAbandoned(dryRun: Bool = false) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { "\(folder)/\($0)" }.filter { path in
            guard isAbandoned("\(path)/gate") else { return false }
            return dryRun || (try? FileManager.default.removeItem(atPath: path)) != nil
        }
    }

    private static func isAbandoned(_ path: String) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        #if os(Linux)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        return connected != 0 && errno == ECONNREFUSED
    }
}
