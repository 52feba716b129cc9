import Foundation
import Synchronization

/// Starts worker processes, notices those that die, and adds up the reports of the others. They are processes so that one can die alone.
///
/// It does not replace a worker that died. The jobs return to the queue when their leases run out, and the other workers go on.
final class WorkSupervisor: Sendable {
    struct Lost: Sendable, Encodable {
        var worker: String
        /// The signal that ended it; nil if it exited.
        var signal: Int32?
        var status: Int32
    }

    private struct State {
        var running: [String: Process] = [:]
        var lost: [Lost] = []
    }

    private let state = Mutex(State())
    private let folder: URL
    private let names: [String]
    private let notify: @Sendable (Lost) -> Void

    /// - Parameter arguments: arguments of `work` without those of a single worker.
    init(workers: Int, conninfo: String, arguments: [String], onLoss notify: @escaping @Sendable (Lost) -> Void = { _ in }) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "domainflow-work-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        self.notify = notify
        names = (1...workers).map { "worker-\($0)" }
        var environment = ProcessInfo.processInfo.environment
        // In the environment: it may contain a password, and every user can read arguments.
        if !conninfo.isEmpty { environment["DATABASE_URL"] = conninfo }
        for name in names {
            let process = Process()
            process.executableURL = Self.program
            process.arguments = ["work", "--worker-id", name, "--report", path(name)] + arguments
            process.environment = environment
            process.standardInput = FileHandle.nullDevice
            process.terminationHandler = { [weak self] in self?.ended(name, $0) }
            state.withLock { $0.running[name] = process }
            do {
                try process.run()
            } catch {
                stop()
                throw CommandFailure(.failed, "cannot start a worker: \(error.localizedDescription)")
            }
        }
    }

    private static var program: URL {
        URL(filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
    }

    private func path(_ worker: String) -> String { folder.appending(path: worker + ".json").path(percentEncoded: false) }

    private func ended(_ name: String, _ process: Process) {
        let lost = state.withLock { state -> Lost? in
            state.running[name] = nil
            let signalled = process.terminationReason == .uncaughtSignal
            if process.terminationStatus == 0, !signalled { return nil }
            let lost = Lost(worker: name, signal: signalled ? process.terminationStatus : nil, status: process.terminationStatus)
            state.lost.append(lost)
            return lost
        }
        if let lost { notify(lost) }
    }

    var running: [String] { state.withLock { names.filter($0.running.keys.contains) } }
    var lost: [Lost] { state.withLock { $0.lost } }

    /// Sends SIGKILL, so that the worker cannot give anything back.
    func kill(_ worker: String) {
        if let process = state.withLock({ $0.running[worker] }) { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// Asks all workers to finish their current job and give back the rest.
    func stop() {
        for process in state.withLock({ Array($0.running.values) }) where process.isRunning { process.terminate() }
    }

    /// Waits until all workers have ended, and adds up their reports.
    func finish() async throws -> WorkReport {
        while !running.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        var report = WorkReport()
        for name in names {
            guard let data = FileManager.default.contents(atPath: path(name)) else { continue }
            report.add(try JSONDecoder().decode(WorkReport.self, from: data))
        }
        try? FileManager.default.removeItem(at: folder)
        return report
    }
}
