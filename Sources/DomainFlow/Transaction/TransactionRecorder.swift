import Foundation
import PQClient
import ServiceLifecycle
import Synchronization

/// Counts transactions in memory and writes the counts from time to time, so that measuring costs almost nothing.
///
/// Transactions with the same name, campaign, outcome, number of retries and isolation level whose durations differ by at most 2 % become
/// one row with their number and mean: totals and averages stay exact, percentiles are within 2 %. Transactions that failed or took at
/// least `slow` keep their correlation id.
///
/// Pass it to ``DomainFlowClient``, and run ``run()`` beside the service, alone or in a ServiceGroup. When ``run()`` ends or ``flush()``
/// returns, everything counted before is written. A crash loses the counts since the last flush, at most `interval`. A flush whose own
/// COMMIT has an unknown outcome is not repeated, so nothing is counted twice. Transactions that do not fit into `capacity` rows are not
/// counted; `statistics.dropped` is their number.
public final class TransactionRecorder: TransactionObserver, Service {
    public struct Statistics: Sendable, Hashable {
        /// Numbers of transactions that were counted, were written, and were dropped.
        public var recorded = 0
        public var written = 0
        public var dropped = 0
        /// Rows waiting for the next flush.
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

    /// The number of rows that one statement writes.
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

    /// Counts a transaction that has a name.
    public func record(_ report: TransactionReport, campaignID: UUID? = nil, correlationID: String? = nil) {
        count(report, campaignID, correlationID)
    }

    public func transactionEnded(_ report: TransactionReport) { count(report, nil, Correlation.id) }

    /// Looks the correlation id up only if it is kept.
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

    /// Writes the counts so far. Rows that could not be written wait for the next flush. If the server rejects the content of a row, the
    /// row is dropped, and its error is thrown after the others were written.
    public func flush() async throws {
        // One flush at a time, outside the caller's task: rows that a flush could not write must be back before the next one reports success.
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

    /// Flushes every `interval` until the task is cancelled or a graceful shutdown begins, and then once more. In a ServiceGroup, put it
    /// after the pool, so that the pool is still open.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                // A failure now is retried; only a failure at the end loses counts, and is thrown.
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
                    // In halves, down to the rejected row: the others must not wait for it forever.
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

    /// The content of a row caused the error, so a retry is of no use: text that the database's encoding lacks, for example.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard let error = error as? DomainFlowError else { return false }
        return [400, 422].contains(error.httpStatus)
    }

    private static func text(_ error: any Error) -> String {
        let known = DomainFlowError(error)
        return String("\(known.code.rawValue): \(known.message)".prefix(200))
    }

    /// Observes the transactions of one campaign for the recorder.
    struct CampaignObserver: TransactionObserver {
        var recorder: TransactionRecorder
        var campaignID: UUID

        func transactionEnded(_ report: TransactionReport) { recorder.count(report, campaignID, Correlation.id) }
    }
}
