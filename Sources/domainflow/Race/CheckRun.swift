import Foundation
import RaceLab
import Synchronization

/// Reads a history and checks it on a thread of its own, so that the findings so far can be reported at any moment.
final class CheckRun: Sendable {
    typealias Answer = (check: HistoryCheck, findings: CheckFindings)
    typealias Size = (operations: Int, accesses: Int)

    private struct State {
        var size: Size = (0, 0)
        var results: [Answer] = []
        var failure: (any Error)?
        var isOver = false
    }

    private let history: String
    private let elle: String?
    private let checks: [HistoryCheck]
    private let state = Mutex(State())

    init(history: String, elle: String?, checks: [HistoryCheck]) { (self.history, self.elle, self.checks) = (history, elle, checks) }

    func start() {
        let thread = Thread {
            do { try self.work() } catch { self.state.withLock { $0.failure = error } }
            self.state.withLock { $0.isOver = true }
        }
        // As much as the first thread has: checks walk deep graphs.
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func work() throws {
        let read = try TransactionHistory(path: history)
        state.withLock { $0.size = (read.count, read.accessCount) }
        if let elle { try read.writeElle(to: elle) }
        try read.check(checks) { check, findings in state.withLock { $0.results.append((check, findings)) } }
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    /// The findings so far; throws what the checks failed with.
    func results() throws -> (size: Size, answers: [Answer]) {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return (state.size, state.results)
        }
    }
}
