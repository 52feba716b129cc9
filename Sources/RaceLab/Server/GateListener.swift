import Foundation

/// The controller's end of the gates inside PL/pgSQL: server processes call in here before each statement (extension/gate).
final class GateListener {
    /// A statement that a session is about to execute.
    struct Statement: Hashable, Sendable {
        /// With its argument types, as PL/pgSQL writes it; `SQL function` for any of these, empty for a step's own statement.
        var function: String
        /// In the function's body; the line of the opening quotes is 1.
        var line: Int
        var kind: String
        /// The statement's SQL or condition, without its INTO; outside of PL/pgSQL what follows it, too.
        var text = ""

        /// The stop is a trigger's.
        var isTrigger: Bool { function.isEmpty && line == 0 }
        /// It is one of several in a step.
        var isOfStep: Bool { function.isEmpty && !isTrigger }
        var isOfSQLFunction: Bool { function == "SQL function" }
        /// It is in the body of a DO.
        var isInline: Bool { function == "inline_code_block" }
    }

    let path: String
    let descriptor: Int32
    private let folder: String
    private var callers: [Int32: Int32] = [:]

    init() throws {
        var template = Array("\(GateSockets.folder)/\(GateSockets.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw RaceError("no temporary folder in \(GateSockets.folder): \(String(cString: strerror(errno)))")
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        path = folder + "/gate"
        // The server may run as another user. The kernel tells the process id of each caller.
        chmod(folder, 0o755)
        #if os(Linux)
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard bound == 0, listen(descriptor, 64) == 0 else {
            throw RaceError("cannot listen at \(path): \(String(cString: strerror(errno)))")
        }
        chmod(path, 0o777)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        for caller in callers.values { close(caller) }
        close(descriptor)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The socket on which a server process has called; nil before its first call.
    func caller(pid: Int32) -> Int32? {
        if let known = callers[pid] { return known }
        while true {
            let caller = accept(descriptor, nil, nil)
            guard caller >= 0 else { return callers[pid] }
            callers[Self.peer(of: caller)] = caller
        }
    }

    /// Forgets a server process that has ended; another one may get its number.
    func forget(_ pid: Int32) {
        if let caller = callers.removeValue(forKey: pid) { close(caller) }
    }

    /// The statement that the session on this socket is about to execute; nil when it has hung up.
    static func statement(on caller: Int32) -> Statement? {
        let text = String(unsafeUninitializedCapacity: 8192) { max(0, recv(caller, $0.baseAddress, $0.count, 0)) }
        let fields = text.dropLast().split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
        guard text.hasSuffix("\n"), fields.count == 4, let line = Int(fields[1]) else { return nil }
        return Statement(function: String(fields[0]), line: line, kind: String(fields[2]), text: String(fields[3]))
    }

    static func letGo(_ caller: Int32) {
        var go = UInt8(ascii: "g")
        #if os(Linux)
            _ = send(caller, &go, 1, Int32(MSG_NOSIGNAL))
        #else
            _ = send(caller, &go, 1, 0)
        #endif
    }

    /// The process at the other end.
    private static func peer(of caller: Int32) -> Int32 {
        #if os(Linux)
            // struct ucred: pid, uid, gid
            var credentials: [Int32] = [0, 0, 0]
            var size = socklen_t(12)
            getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
            return credentials[0]
        #else
            var pid: Int32 = 0
            var size = socklen_t(4)
            getsockopt(caller, SOL_LOCAL, LOCAL_PEERPID, &pid, &size)
            return pid
        #endif
    }
}
