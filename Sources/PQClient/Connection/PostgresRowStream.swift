/// The rows of one statement, one by one as they arrive, for results that need not be in memory as a whole:
/// ```swift
/// for try await row in connection.stream("SELECT id, label FROM item") { ... }
/// ```
/// The statement is sent when the first row is requested, once per iterator. Some hundred rows are read ahead; beyond them the server
/// waits. A statement without rows gives none. To stop early, drop the iterator: the statement is cancelled on the server, and the
/// connection then goes on with its next one. Until then the connection is busy: another statement of the same task is an error of kind
/// `usage`, and those of other tasks wait. Inside a transaction, stopping early reads the rest and throws it away, because a cancel would
/// fail the transaction; a rollback, also one to a savepoint, ends the statement on the server.
///
/// An error may come after rows: what was made of those is then of no use.
public struct PostgresRowStream: AsyncSequence, Sendable {
    let connection: PostgresConnection
    let query: PostgresQuery

    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: ResultStream<[PostgresRow]>
        var rows: [PostgresRow] = []
        var next = 0

        public mutating func next(isolation: isolated (any Actor)? = #isolation) async throws(PostgresError) -> PostgresRow? {
            if next == rows.count {
                rows = try await stream.next() ?? []
                next = 0
            }
            guard next < rows.count else { return nil }
            defer { next += 1 }
            return rows[next]
        }

        public mutating func next() async throws(PostgresError) -> PostgresRow? { try await next(isolation: nil) }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(
            stream: ResultStream(connection, .rows(query)) { session, request in
                let rows = session.readRows(request)
                return rows.isEmpty ? nil : rows
            })
    }
}

extension PostgresConnection {
    /// The rows of a statement one by one; see ``PostgresRowStream``.
    public nonisolated func stream(_ query: PostgresQuery) -> PostgresRowStream { PostgresRowStream(connection: self, query: query) }
}
