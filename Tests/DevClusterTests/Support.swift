import Foundation
import Synchronization
import TestSupport

@testable import DevCluster

/// Little memory: several servers run at once.
let small = ["shared_buffers": "16MB", "max_connections": "20", "fsync": "off"]

/// A directory for `body`, short enough for a socket, with any server in it stopped afterwards. `body` may block: it runs on a
/// thread of its own.
func withDirectory<T: Sendable>(_ body: @escaping @Sendable (URL) async throws -> T) async throws -> T {
    try await blocking {
        let directory = try makeDirectory()
        defer { dispose(directory) }
        return try await body(directory)
    }
}

private func makeDirectory() throws -> URL {
    let directory = URL(fileURLWithPath: "/tmp/dft-\(UUID().uuidString.prefix(8))", isDirectory: true)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    return directory
}

private func dispose(_ directory: URL) {
    try? DevCluster(directory: directory).reset()
    try? FileManager.default.removeItem(at: directory)
}

func refusal(_ body: () throws -> some Any) -> DevClusterError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? DevClusterError
    }
}

func mode(_ path: String) -> mode_t {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_mode & 0o777 : 0
}

/// What a cluster reported.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    @Sendable func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A program failed; what it printed.
struct CommandError: Error {
    var output: String
}

private func ourselves(in directory: URL?) throws -> ChildProcess {
    let user = ClusterUser(name: "self", uid: geteuid(), gid: getegid(), isDropped: false)
    return ChildProcess(user: user, directory: directory?.path ?? "/")
}

/// Runs a program to its end and gives what it printed.
@discardableResult
func output(of program: String, _ arguments: [String], in directory: URL? = nil) throws -> String {
    let outcome = try ourselves(in: directory).run([program] + arguments)
    let text = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    guard outcome.succeeded else { throw CommandError(output: text) }
    return text
}

extension DevCluster {
    /// The one value that a statement gives.
    @discardableResult
    func ask(_ sql: String) throws -> String {
        try output(of: psqlProgram, ["-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", sql])
    }

    /// Sends a statement and does not wait for it.
    func send(_ sql: String) throws {
        _ = try ourselves(in: nil).start([psqlProgram, "-XAtq", url, "-c", sql], log: "/dev/null")
    }

    private var psqlProgram: String {
        let beside = (bindir ?? "/usr/bin") + "/psql"
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : "/usr/bin/psql"
    }
}
