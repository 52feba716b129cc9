import Foundation
import PQClient
import ServiceLifecycle
import Synchronization

/// Counts transactions in memory and writes the counts from time to time, so that measuring costs next to nothing.
///
/// Transactions of one name, campaign, outcome, number of retries and isolation level whose durations differ by 2 % at most are one row with
/// their number and mean: totals and averages stay exact, percentiles are within 2 %. Those that failed or took at least `slow` keep
/// their correlation id.
///
/// Give it to ``DomainFlowClient`` and let ``run()`` go beside the service, alone or in a ServiceGroup; when that ends, or ``flush()`` returns, everything counted before is
/// written. A crash loses what was counted since the last flush, `interval` at most; a flush whose own COMMIT stays unknown is not
/// repeated, so nothing is counted twice. What does not fit into `capacity` rows is not counted, and `statistics.dropped` says how much.
public final class TransactionRecorder: TransactionObserver, Service {
    public struct Statistics: Sendable, Hashable {
        /// Transactions counted, written, and not counted or lost.
        public var recorded = 0
        public var written = 0
        public var dropped = 0
        /// Rows that wait for the next flush.
        public var buffered = 0
    }

    private struct State {
        var buffer = RecorderBuffer()
        var statistics = Statistics()
        var lastFlush: Task<Void, any Error>?
    }

    private let pool: PostgresPool
    private let interval: Duration
    private let capacity: Int
    private let slow: Duration
    private let state = Mutex(State())

    /// Rows of one statement.
    private static let chunk = 1000

    public init(
        pool: PostgresPool, interval: Duration = .seconds(5), capacity: Int = 10_000, slow: Duration = .seconds(1)
    ) {
        self.pool = pool
        self.interval = interval
        self.capacity = capacity
        self.slow = slow
    }

    public var statistics: Statistics {
        state.withLock {
            var statistics = $0.statistics
            statistics.buffered = $0.buffer.count
            return statistics
        }
    }

    /// Counts a transaction. One without a name is not counted.
    public func record(_ report: TransactionReport, campaignID: UUID? = nil, correlationID: String? = nil) {
        count(report, campaignID, correlationID)
    }

    public func transactionEnded(_ report: TransactionReport) { count(report, nil, Correlation.id) }

    /// The correlation id is looked up only where it is kept.
    private func count(_ report: TransactionReport, _ campaignID: UUID?, _ correlationID: @autoclosure () -> String?) {
        guard let name = report.name, !name.isEmpty else { return }
        let notable = report.error != nil || report.duration >= slow
        let milliseconds = max(0, report.duration.milliseconds)
        let series = RecorderBuffer.Series(
            operation: name, campaignID: campaignID, error: report.error.map(Self.text), retries: report.retries,
            isolation: report.isolation, correlationID: notable ? correlationID() : nil)
        let key = RecorderBuffer.Key(series: series, bucket: RecorderBuffer.bucket(milliseconds))
        state.withLock { state in
            if state.buffer.add(key, .init(transactions: 1, milliseconds: milliseconds), capacity: capacity) {
                state.statistics.recorded += 1
            } else {
                state.statistics.dropped += 1
            }
        }
    }

    /// Writes what was counted until now. What could not be written waits for the next flush; a row that the server refuses for what is
    /// in it is dropped, and its error thrown when the others are written.
    public func flush() async throws {
        // One after the other, and not part of the caller's task: what one could not write must be back before the next says "all written".
        let task = state.withLock { state in
            let before = state.lastFlush
            let task = Task.detached { [self] in
                _ = await before?.result
                try await write()
            }
            state.lastFlush = task
            return task
        }
        try await task.value
    }

    /// Flushes every `interval` until the task is cancelled or a graceful shutdown begins, and then once more. In a ServiceGroup it stands
    /// after the pool, which is then still open.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                // What fails now is tried again; only what fails at the end is lost, and thrown.
                if !Task.isCancelled { try? await flush() }
            }
        }
        try await flush()
    }

    private func write() async throws {
        var work = [state.withLock { $0.buffer.take() }[...]]
        var refusal: (any Error)?
        while let part = work.popLast() {
            guard part.count <= Self.chunk else {
                work += [part.dropFirst(Self.chunk), part.prefix(Self.chunk)]
                continue
            }
            let transactions = part.reduce(0) { $0 + $1.value.transactions }
            do {
                _ = try await DomainFlowClient(pool).transaction { try await $0.recordTransactionCounts(RecorderBuffer.counts(part)) }
                state.withLock { $0.statistics.written += transactions }
            } catch let error where Self.isRefusal(error) {
                if part.count > 1 {
                    // In halves, down to the row that is to blame: the others must not wait for it for ever.
                    let middle = part.startIndex + part.count / 2
                    work += [part[middle...], part[..<middle]]
                } else {
                    refusal = refusal ?? error
                    state.withLock { $0.statistics.dropped += transactions }
                }
            } catch {
                let lost = (error as? DomainFlowError)?.code == .sysOutcomeUnknown
                state.withLock { state in
                    if lost { state.statistics.dropped += transactions }
                    for row in ((lost ? [] : [part]) + work).joined() where !state.buffer.add(row.key, row.value, capacity: capacity) {
                        state.statistics.dropped += row.value.transactions
                    }
                }
                throw error
            }
        }
        if let refusal { throw refusal }
    }

    /// It lies in what was to be written, so trying again is no use: text that the database's encoding does not have, for one.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard let error = error as? DomainFlowError else { return false }
        return [400, 422].contains(error.httpStatus)
    }

    private static func text(_ error: any Error) -> String {
        let known = DomainFlowError(error)
        return String("\(known.code.rawValue): \(known.message)".prefix(200))
    }

    /// The way of one campaign's transactions to the recorder.
    struct CampaignObserver: TransactionObserver {
        var recorder: TransactionRecorder
        var campaignID: UUID

        func transactionEnded(_ report: TransactionReport) { recorder.count(report, campaignID, Correlation.id) }
    }
}
