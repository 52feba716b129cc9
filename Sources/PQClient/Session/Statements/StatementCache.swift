/// Names the statements that a connection repeats, so that the server need not parse them each time.
struct StatementCache {
    /// From this execution on. Texts with values spliced in come once, and preparing takes a round trip.
    static let threshold = 5

    private let limit: Int
    private var names: [String: String] = [:]
    private var executions: [String: Int] = [:]

    init(limit: Int) { self.limit = limit }

    /// Nil: not worth preparing, or as many as the limit allows are prepared already.
    mutating func name(for sql: String) -> String? {
        if let name = names[sql] { return name }
        guard names.count < limit else { return nil }
        // Rare ones would fill memory; frequent ones are counted again.
        if executions.count >= 4 * limit { executions = [:] }
        let count = executions[sql, default: 0] + 1
        executions[sql] = count
        guard count >= Self.threshold, Self.isPreparable(sql) else { return nil }
        executions[sql] = nil
        let name = "pqclient_\(names.count + 1)"
        names[sql] = name
        return name
    }

    /// What has a plan. The others gain nothing, and may end a transaction.
    private static func isPreparable(_ sql: String) -> Bool {
        let word = sql.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
        return ["select", "insert", "update", "delete", "merge", "values", "with"].contains(word.lowercased())
    }
}
