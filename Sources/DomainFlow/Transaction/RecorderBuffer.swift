import Foundation
import PQClient

/// Counts of transactions that are still to be written: a histogram with logarithmic buckets for each series (DDSketch; Masson, Rim,
/// Lee, VLDB 2019).
struct RecorderBuffer {
    struct Series: Hashable, Sendable {
        var operation: String
        var campaignID: UUID?
        var error: String?
        var retries: Int
        var isolation: TransactionOptions.Isolation?
        var correlationID: String?
    }

    struct Key: Sendable {
        var series: Series
        var bucket: Int
    }

    struct Count: Sendable {
        var transactions: Int
        /// The sum of their durations.
        var milliseconds: Double
    }

    private var numbers: [Series: Int] = [:]
    private var series: [Series] = []
    /// The buckets of each series.
    private var buckets: [[Int: Count]] = []
    /// The series of the last transaction. Most transactions repeat it, and comparing is cheaper than hashing.
    private var recent = 0

    private(set) var count = 0

    /// Durations in one bucket differ by less than 2 %. All below a microsecond share one bucket.
    static func bucket(_ milliseconds: Double) -> Int {
        guard milliseconds > 0.001 else { return Int.min }
        return Int((log(milliseconds) * inverseLogarithm).rounded(.up))
    }

    private static let inverseLogarithm = 1 / log(1.02)

    /// False if there is no room for another row.
    mutating func add(_ key: Key, _ count: Count, capacity: Int) -> Bool {
        guard let number = number(of: key.series, capacity: capacity) else { return false }
        if let index = buckets[number].index(forKey: key.bucket) {
            buckets[number].values[index].transactions += count.transactions
            buckets[number].values[index].milliseconds += count.milliseconds
            return true
        }
        guard self.count < capacity else { return false }
        buckets[number][key.bucket] = count
        self.count += 1
        return true
    }

    /// nil if the series is new and there is no room for another row.
    private mutating func number(of key: Series, capacity: Int) -> Int? {
        if recent < series.count, series[recent] == key { return recent }
        if let number = numbers[key] {
            recent = number
        } else {
            guard count < capacity else { return nil }
            recent = series.count
            numbers[key] = recent
            series.append(key)
            buckets.append([:])
        }
        return recent
    }

    mutating func take() -> [(key: Key, value: Count)] {
        defer { self = RecorderBuffer() }
        return zip(series, buckets).flatMap { series, counts in counts.map { (Key(series: series, bucket: $0.key), $0.value) } }
    }

    static func counts(_ rows: ArraySlice<(key: Key, value: Count)>) -> [TransactionCount] {
        rows.map { key, count in
            TransactionCount(
                operationName: key.series.operation.withoutNUL, campaignID: key.series.campaignID,
                duration: .milliseconds(count.milliseconds / Double(count.transactions)), success: key.series.error == nil,
                errorMessage: key.series.error?.withoutNUL, retryCount: key.series.retries,
                isolationLevel: key.series.isolation?.rawValue,
                correlationID: key.series.correlationID?.withoutNUL, transactions: count.transactions)
        }
    }
}
