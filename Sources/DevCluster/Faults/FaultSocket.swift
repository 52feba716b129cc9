import Foundation

/// Sockets for ``FaultProxy``: without signals, and without errors for what is usual at the end of a connection.
enum FaultSocket {
    #if os(Linux)
        static let stream = Int32(SOCK_STREAM.rawValue)
        static let both = Int32(SHUT_RDWR)
        private static let quiet = Int32(MSG_NOSIGNAL)
    #else
        static let stream = SOCK_STREAM
        static let both = SHUT_RDWR
        private static let quiet: Int32 = 0
    #endif

    /// nil if there is nothing to read now; empty at the end.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
            let taken = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            failure = taken < 0 ? errno : 0
            count = max(0, taken)
        }
        return failure == EAGAIN || failure == EWOULDBLOCK || failure == EINTR ? nil : bytes
    }

    /// How many bytes were taken: none by a broken connection, whose end is noticed by reading.
    static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Int {
        max(0, send(descriptor, bytes, bytes.count, quiet))
    }

    static func sleep(_ duration: Duration) { Thread.sleep(forTimeInterval: duration / .seconds(1)) }

    /// Over TCP the other side gets a reset instead of an end of file.
    static func closeWithReset(_ descriptor: Int32) {
        var abort = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    static func connect(unix path: String) throws -> Int32 {
        let descriptor = try make(AF_UNIX)
        do {
            try check(withUnixAddress(path) { Foundation.connect(descriptor, $0, $1) }, "cannot connect to \(path)")
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    static func make(_ family: Int32) throws -> Int32 {
        let descriptor = socket(family, stream, 0)
        guard descriptor >= 0 else { throw ClusterFiles.failure("a socket cannot be opened", errno, near: "/tmp") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    static func check(_ result: Int32, _ what: String) throws {
        if result != 0 { throw ClusterFiles.failure(what, errno, near: "/tmp") }
    }

    static func withUnixAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
