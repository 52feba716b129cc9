/// Statements that are sent one after another without waiting for the answers in between.
///
/// They form units: outside a transaction a unit is a transaction of its own, and an error in it rolls all of it back. After an error the
/// server skips the rest of the unit.
public struct PostgresPipeline: Sendable {
    struct Statement: Sendable {
        var query: PostgresQuery
        var name: String?
        /// The server is asked to end the unit after this statement.
        var endsUnit = false
    }

    private(set) var statements: [Statement] = []

    public init() {}

    public var count: Int { statements.count }
    public var isEmpty: Bool { statements.isEmpty }

    /// Adds a statement. With `named` it is prepared under that name, as in ``PostgresConnection/query(_:named:)``. A statement that the
    /// server has lost, or whose columns have changed, is an error here, because the statements before it may have taken effect; inside
    /// `transaction` all of it runs again.
    public mutating func add(_ query: PostgresQuery, named name: String? = nil) {
        statements.append(Statement(query: query, name: name))
    }

    /// Ends a unit: the statements before it commit or fail by themselves. Only outside a transaction. The end of the pipeline always ends
    /// a unit. Each end costs a system call.
    public mutating func endUnit() {
        guard !statements.isEmpty else { return }
        statements[statements.count - 1].endsUnit = true
    }
}
