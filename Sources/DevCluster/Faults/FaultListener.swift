import Foundation

/// The socket on which a ``FaultProxy`` accepts connections.
final class FaultListener: Sendable {
    private let descriptor: Int32
    /// libpq's `host` for it: a folder, or an address.
    let host: String
    let port: Int
    private let folder: String?

    init(_ transport: FaultProxy.Transport) throws {
        switch transport {
        case .unix:
            var template = Array("/tmp/dfx-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else {
                throw ClusterFiles.failure("no temporary directory", errno, near: "/tmp")
            }
            let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            (self.folder, host, port) = (folder, folder, ClusterLayout.port)
            descriptor = try FaultSocket.make(AF_UNIX)
            let path = ClusterLayout.socketPath(in: folder)
            try FaultSocket.check(
                FaultSocket.withUnixAddress(path) { bind(descriptor, $0, $1) }, "cannot listen on \(path)")
        case .tcp:
            let descriptor = try FaultSocket.make(AF_INET)
            self.descriptor = descriptor
            // Any free port.
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    let result = bind(descriptor, address, size)
                    return result == 0 ? getsockname(descriptor, address, &size) : result
                }
            }
            try FaultSocket.check(bound, "cannot listen on 127.0.0.1")
            (folder, host, port) = (nil, "127.0.0.1", Int(UInt16(bigEndian: address.sin_port)))
        }
        try FaultSocket.check(listen(descriptor, 128), "listening failed")
    }

    /// nil once it has been stopped.
    func accept() -> Int32? {
        while true {
            let client = Foundation.accept(descriptor, nil, nil)
            if client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                return client
            }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    func stop() { shutdown(descriptor, FaultSocket.both) }

    func remove() {
        close(descriptor)
        if let folder { try? ClusterFiles.remove(folder) }
    }
}
