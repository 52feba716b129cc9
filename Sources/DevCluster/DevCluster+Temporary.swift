import Foundation

extension DevCluster {
    /// A running cluster of its own for one test, in a short path under /tmp. ``stop(_:)`` removes it; without that it is removed when this
    /// process ends, however it ends.
    public static func temporary(settings: [String: String] = [:], pgBindir: URL? = nil) throws -> DevCluster {
        var template = Array("/tmp/dfc-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ClusterFiles.failure("no temporary directory", errno, near: "/tmp")
        }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let cluster = DevCluster(
            directory: URL(fileURLWithPath: path, isDirectory: true), pgBindir: pgBindir, settings: settings,
            isThrowaway: true, report: { _ in })
        let layout = ClusterLayout.usual(in: path)
        let watchdog = try Watchdog(
            pidFile: ServerProcess(dataDirectory: layout.data).pidFile, directory: path)
        cluster.watchdog.withLock { $0 = watchdog }
        do {
            try cluster.start()
        } catch {
            try? cluster.disposeOfTemporary()
            throw error
        }
        return cluster
    }

    func disposeOfTemporary() throws {
        try ClusterFiles.remove(path)
        watchdog.withLock { $0 = nil }
    }
}
