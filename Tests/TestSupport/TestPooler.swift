import Foundation

/// Stands between client and server as PgBouncer does: hands the client a cancel key of its own.
public final class TestPooler: Sendable {
    public let directory: String
    private let listener: Int32

    /// - Parameter server: the path of its socket.
    public init(server: String) throws {
        directory = "/tmp/dfp-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let accepting = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        listener = accepting
        _ = try Self.withAddress(directory + "/.s.PGSQL.5432") { bind(accepting, $0, $1) }
        listen(accepting, 8)
        Thread.detachNewThread {
            while case let client = accept(accepting, nil, nil), client >= 0 {
                Thread.detachNewThread { try? Self.serve(client, server: server) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        try? FileManager.default.removeItem(atPath: directory)
    }

    private static func serve(_ client: Int32, server path: String) throws {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = try withAddress(path) { connect(server, $0, $1) }
        Thread.detachNewThread { pump(from: client, to: server) { $0 } }
        var seen = false
        pump(from: server, to: client) { bytes in
            guard !seen, let key = bytes.firstRange(of: [UInt8(ascii: "K"), 0, 0, 0, 12]) else { return bytes }
            seen = true
            var changed = bytes
            changed[key.upperBound] = 0x7A
            return changed
        }
    }

    private static func pump(from: Int32, to: Int32, _ change: ([UInt8]) -> [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(from, &buffer, buffer.count), count > 0 {
            let bytes = change(Array(buffer[..<count]))
            guard write(to, bytes, bytes.count) == bytes.count else { break }
        }
        shutdown(to, Int32(SHUT_RDWR))
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8) + [0]) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        if result != 0 { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
}
