import Foundation
import Testing

/// A socket that accepts connections and never answers.
final class SilentServer: Sendable {
    private let folder: URL
    private let descriptor: Int32

    init(backlog: Int32 = 8) throws {
        folder = URL(filePath: "/tmp/pq\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = folder.path(percentEncoded: false) + "/.s.PGSQL.5432"
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0 && listen(descriptor, backlog) == 0)
    }

    var directory: String { folder.path(percentEncoded: false) }

    var conninfo: String { "host=\(directory) port=5432 user=nobody dbname=nothing" }

    deinit {
        close(descriptor)
        try? FileManager.default.removeItem(at: folder)
    }
}
