import Foundation

/// One run of a pgTAP file by psql. It ends at the first failure that the file does not have with the functions as they are.
struct TestRun: Sendable {
    struct Outcome: Sendable {
        /// `not ok 7 - description`, `error: …`, and so on.
        var failures: [String] = []
        var seconds = 0.0
        var timedOut = false
        /// Ended from outside, before it said anything.
        var interrupted = false
    }

    var file: TestFile
    var conninfo: String
    /// Goes on after a failure, and has the server count the calls of functions.
    var isBaseline = false

    /// Blocks until psql has ended.
    func run(stopped: () -> Bool = { false }) throws -> Outcome {
        let began = ContinuousClock.now
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // Without the settings of the user's own psqlrc, as pg_prove runs it.
        process.arguments = [
            "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--pset", "pager=off", "--set", "ON_ERROR_STOP=1", "--set",
            "VERBOSITY=verbose", "--file", file.path, "--dbname", conninfo,
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["PGOPTIONS"] =
            (environment["PGOPTIONS"].map { $0 + " " } ?? "") + "-c client_min_messages=warning"
            + (isBaseline ? " -c track_functions=all" : "")
        process.environment = environment
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do { try process.run() } catch { throw CommandFailure(.badInput, "psql could not be started: \(error.localizedDescription)") }
        var outcome = Outcome()
        var report = Report(expected: file.failures, goesOn: isBaseline)
        let ended = Self.read(output.fileHandleForReading.fileDescriptor, into: &report) {
            if stopped() { outcome.interrupted = true }
            return outcome.interrupted || began.duration(to: .now) > .seconds(file.limit)
        }
        // A signal that it cannot block: it has inherited the mask of our threads.
        if !ended { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        outcome.seconds = began.duration(to: .now) / .seconds(1)
        if !ended, !report.hasFailed, !outcome.interrupted {
            outcome.timedOut = true
            report.failures.append("did not end within \(OutputFormat.number(file.limit)) s")
        }
        outcome.failures = report.failures
        if ended { outcome.failures += report.end(at: process.terminationStatus) }
        return outcome
    }

    /// Reads lines until the end or the first unexpected failure; false if it did not reach the end.
    private static func read(_ descriptor: Int32, into report: inout Report, giveUp: () -> Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var rest: [UInt8] = []
        while !giveUp() {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) != 0 else { continue }
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count > 0 { rest += buffer[..<count] }
            let complete = count > 0 ? (rest.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 : rest.count
            for line in rest[..<complete].split(separator: UInt8(ascii: "\n")) { report.read(String(decoding: line, as: UTF8.self)) }
            rest.removeFirst(complete)
            if report.hasFailed { return false }
            if count <= 0 { return true }
        }
        return false
    }

    /// What psql has printed so far.
    private struct Report {
        let expected: Set<String>
        let goesOn: Bool
        var failures: [String] = []
        private var planned: Int?
        private var tests = 0
        private var error: String?

        init(expected: Set<String>, goesOn: Bool) { (self.expected, self.goesOn) = (expected, goesOn) }

        var hasFailed: Bool { !goesOn && failures.contains { !expected.contains($0) } }

        mutating func read(_ line: String) {
            if line.hasPrefix("ok ") || line.hasPrefix("not ok ") { tests += 1 }
            if line.hasPrefix("not ok "), !line.contains("# TODO") { failures.append(line) }
            if line.hasPrefix("1.."), let number = Int(line.dropFirst(3)) { planned = number }
            if error == nil, let found = line.range(of: "ERROR:  ") ?? line.range(of: "FATAL:  ") {
                error = String(line[found.upperBound...])
            }
        }

        func end(at status: Int32) -> [String] {
            if status != 0 { return ["error: \(error ?? "psql ended with \(status)")"] }
            guard let planned, planned == tests else { return ["planned \(planned ?? 0) tests, ran \(tests)"] }
            return []
        }
    }
}
