import ArgumentParser
import Foundation
import RaceLab

/// Runs the history checkers on a correct history of a given length, one after the other on one thread.
struct Checkers: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures each history checker in operations per second of processor time.")

    @Option var operations = 1_000_000
    @Option(help: "Number of keys among which the operations are spread.") var keys = 1000
    @Option var seed: UInt64 = 1

    private struct Report: Encodable {
        var operations: Int
        var accesses: Int
        /// Operations per second of processor time. Each checker sorts the history by key and version for itself.
        var versions, linearizable, serializable: Double
        var findings: Int
        var peakMb: Double
    }

    func run() throws {
        let history = SyntheticHistory(operations: operations, keys: keys, seed: seed).make()
        var findings = 0
        func rate(_ check: HistoryCheck) throws -> Double {
            let began = Self.processorSeconds()
            findings += try history.check([check])[0].findings.count
            return Double(operations) / (Self.processorSeconds() - began)
        }
        try Report(
            operations: history.count, accesses: history.accessCount, versions: rate(.versions), linearizable: rate(.linearizable),
            serializable: rate(.isolation(.serializable)), findings: findings, peakMb: Self.peakMB()
        ).printJSON()
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The peak resident memory of the process.
    private static func peakMB() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
        return (kilobytes.flatMap { Double($0) } ?? 0) / 1024
    }
}
