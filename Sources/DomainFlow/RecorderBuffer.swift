import Foundation
import PQClient

/// Counted transactions that were not written yet: a histogram with logarithmic buckets for everything that is told apart
/// (DDSketch; Masson, Rim, Lee, VLDB 2019).
struct RecorderBuffer {
    struct Key: Hashable, Sendable {
        var operation: String
        var campaignID: UUID?
        var error: String?
        var retries: Int
        var isolation: TransactionOptions.Isolation?
        var correlationID: String?
        var bucket: Int
    }

    struct Count: Sendable {
        var transactions: Int
        /// The sum of their durations.
        var milliseconds: Double
    }

    private var counts: [Key: Count] = [:]

    var count: Int { counts.count }

    /// Durations of one bucket differ by less than 2 %. Below a microsecond all are one.
    static func bucket(_ milliseconds: Double) -> Int {
        guard milliseconds > 0.001 else { return Int.min }
        return Int((log(milliseconds) * inverseLogarithm).rounded(.up))
    }

    private static let inverseLogarithm = 1 / log(1.02)

    /// False if there is no room for another row.
    mutating func add(_ key: Key, _ count: Count, capacity: Int) -> Bool {
        if let index = counts.index(forKey: key) {
            counts.values[index].transactions += count.transactions
            counts.values[index].milliseconds += count.milliseconds
            return true
        }
        guard counts.count < capacity else { return false }
        counts[key] = count
        return true
    }

    mutating func take() -> [(key: Key, value: Count)] {
        defer { counts = [:] }
        return Array(counts)
    }

    static func counts(_ rows: ArraySlice<(key: Key, value: Count)>) -> [TransactionCount] {
        rows.map { key, count in
            TransactionCount(
                operationName: key.operation, campaignID: key.campaignID,
                duration: .milliseconds(count.milliseconds / Double(count.transactions)), success: key.error == nil,
                errorMessage: key.error, retryCount: key.retries, isolationLevel: key.isolation?.rawValue,
                correlationID: key.correlationID, transactions: count.transactions)
        }
    }
}
