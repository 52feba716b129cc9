import Foundation
import Synchronization

/// A private PostgreSQL in a directory, reached without a password over a Unix socket that only its owner (and root) can open.
///
/// Every call may be repeated, interrupted, and made from several processes at once: it finishes or redoes what it finds half done. All
/// calls block; none takes longer than the server itself needs.
public final class DevCluster: Sendable {
    public enum StopMode: String, Sendable, CaseIterable {
        /// Waits for clients to disconnect.
        case smart
        /// Rolls back open transactions and stops.
        case fast
        /// Stops without a clean shutdown; the next start recovers from the WAL.
        case immediate
    }

    public enum Status: Sendable, Hashable {
        /// No data yet.
        case absent
        /// An interrupted first start left unusable data; the next start creates it again.
        case incomplete
        case stopped
        case running(pid: Int32)
    }

    public let directory: URL
    let pgBindir: URL?
    let settings: [String: String]
    /// The data may be lost: it is written without waiting for the disk.
    let isThrowaway: Bool
    /// Told what happens, one line per event: relocated data, waiting for another start, recovery.
    let report: @Sendable (String) -> Void
    let watchdog = Mutex<Watchdog?>(nil)

    /// `settings` are server settings such as `shared_buffers`. They are kept until a start gives others.
    public convenience init(
        directory: URL, pgBindir: URL? = nil, settings: [String: String] = [:],
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(directory: directory, pgBindir: pgBindir, settings: settings, isThrowaway: false, report: report)
    }

    init(
        directory: URL, pgBindir: URL?, settings: [String: String], isThrowaway: Bool,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory.absoluteURL.standardizedFileURL
        self.pgBindir = pgBindir
        self.settings = settings
        self.isThrowaway = isThrowaway
        self.report = report
    }

    var path: String { directory.path }

    /// Where the cluster is, or would be.
    var layout: ClusterLayout {
        (try? ClusterLayout.load(from: path)) ?? ClusterLayout.usual(in: path)
    }

    /// For psql and libpq.
    public var url: String { layout.url }
    public var dataDirectory: String { layout.data }
    public var socketDirectory: String { layout.socketDirectory }
    public var logFile: String { layout.log }
    /// The folder of the programs that created the data; nil before the first start.
    public var bindir: String? { layout.bindir }

    public var status: Status {
        let layout = layout
        guard FileManager.default.fileExists(atPath: layout.data) else { return .absent }
        guard FileManager.default.fileExists(atPath: layout.marker) else { return .incomplete }
        return ServerProcess(dataDirectory: layout.data).postmaster().map { .running(pid: $0) } ?? .stopped
    }

    public var isRunning: Bool {
        if case .running = status { true } else { false }
    }

    /// Starts the server, creating its data first if there is none, and returns when it accepts connections. True if it was not running
    /// already.
    @discardableResult
    public func start() throws -> Bool {
        try locked {
            let user = try ClusterUser.current()
            var layout = try prepareHome(user)
            let server = ServerProcess(dataDirectory: layout.data)
            if server.postmaster() != nil, FileManager.default.fileExists(atPath: layout.marker) {
                if !settings.isEmpty { report("already running; other settings need a restart") }
                try waitUntilReady(layout, server: server, pid: nil)
                return false
            }
            let child = ChildProcess(user: user, directory: layout.home)
            let programs = try programs(for: layout, child: child)
            try clearRemains(layout, server: server)
            if !FileManager.default.fileExists(atPath: layout.marker) {
                try initialize(layout, programs: programs, child: child)
            }
            layout.bindir = programs.bindir
            try layout.save(to: path)
            let file = layout.settingsFile
            let before = try? String(contentsOfFile: file, encoding: .utf8)
            try writeSettings(layout, user: user)
            do {
                try launch(layout, programs: programs, child: child, server: server)
            } catch {
                // Settings that the server refuses must not prevent the next start.
                if !settings.isEmpty { restore(before, to: file, user: user) }
                throw error
            }
            return true
        }
    }

    /// Stops the server if it is running. A temporary cluster is gone afterwards.
    public func stop(_ mode: StopMode = .fast) throws {
        if isThrowaway {
            try? halt(mode)
            try disposeOfTemporary()
        } else {
            guard FileManager.default.fileExists(atPath: path) else { return }
            try locked { try halt(mode) }
        }
    }

    /// Stops and starts the server, keeping the data.
    public func restart(_ mode: StopMode = .fast) throws {
        if FileManager.default.fileExists(atPath: path) { try locked { try halt(mode) } }
        try start()
    }

    /// Sends SIGKILL to the postmaster only, as a fault would. Its backends find out by themselves.
    public func kill9() throws {
        let server = ServerProcess(dataDirectory: layout.data)
        guard let pid = server.postmaster() else { throw DevClusterError("no server is running in \(path)") }
        kill(pid, SIGKILL)
        for _ in 0..<500 where server.isServer(pid) { usleep(10_000) }
    }

    /// Stops the server and drops its data.
    public func reset() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try locked {
            let layout = layout
            try halt(.immediate)
            try ClusterFiles.remove(layout.home)
            try ClusterFiles.remove(layout.socketDirectory)
            try ClusterFiles.remove(path + "/cluster.json")
        }
    }

    func locked<T>(_ body: () throws -> T) throws -> T {
        // Root's directory lets the server's user pass through, and no more.
        try FileManager.default.createDirectory(
            at: directory.deletingLastPathComponent(), withIntermediateDirectories: true)
        try ClusterFiles.makeDirectory(path, mode: geteuid() == 0 ? 0o711 : 0o700)
        let lock = try FileLock(path: path + "/lock") { report("waiting for another start or stop of this cluster") }
        return try withExtendedLifetime(lock, body)
    }

    private func halt(_ mode: StopMode) throws {
        let server = ServerProcess(dataDirectory: layout.data)
        guard let pid = server.postmaster() else {
            server.endSurvivors()
            return
        }
        let signal =
            switch mode {
            case .smart: SIGTERM
            case .fast: SIGINT
            case .immediate: SIGQUIT
            }
        kill(pid, signal)
        if wait(server, pid, seconds: 60) { return }
        report("the server does not stop; shutting it down immediately")
        kill(pid, SIGQUIT)
        if wait(server, pid, seconds: 10) { return }
        kill(pid, SIGKILL)
        guard wait(server, pid, seconds: 5) else { throw DevClusterError("the server (pid \(pid)) does not stop") }
        server.endSurvivors()
    }

    private func wait(_ server: ServerProcess, _ pid: pid_t, seconds: Int) -> Bool {
        for _ in 0..<(seconds * 50) {
            if !server.isServer(pid) { return true }
            usleep(20_000)
        }
        return false
    }
}
