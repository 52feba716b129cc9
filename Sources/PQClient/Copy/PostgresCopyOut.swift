/// The data of a `COPY ... TO STDOUT`: an asynchronous sequence of chunks of whole rows, up to about 64 KiB each, in the format of the
/// statement. ``rows`` and ``lines`` give the rows one by one.
///
/// The statement is sent when the first chunk is requested, once per iterator. Nothing is read between requests, and the server waits. To
/// stop early, drop the iterator: the statement is cancelled on the server, and the connection then goes on with its next statement. Until
/// then the connection is busy: another statement of the same task is an error of kind `usage`, and those of other tasks wait. Inside a
/// transaction, stopping early reads the rest and throws it away, because a cancel would fail the transaction; a rollback, also one to a
/// savepoint, ends the COPY on the server.
public struct PostgresCopyOut: AsyncSequence, Sendable {
    let connection: PostgresConnection
    let statement: String

    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: ResultStream<CopyChunk>

        public mutating func next(
            isolation: isolated (any Actor)? = #isolation
        ) async throws(PostgresError) -> [UInt8]? {
            try await stream.next()?.bytes
        }

        public mutating func next() async throws(PostgresError) -> [UInt8]? { try await stream.next()?.bytes }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }

    fileprivate var stream: ResultStream<CopyChunk> {
        ResultStream(connection, .copyOut(statement)) { session, request in
            let chunk = session.readCopyOut(request)
            return chunk.rowEnds.isEmpty ? nil : chunk
        }
    }

    /// One row at a time, as the server sent it: in the text and csv formats with its line end.
    public var rows: Rows { Rows(copy: self) }

    /// One row of the text or csv format at a time, without its line end.
    public var lines: AsyncMapSequence<Rows, String> {
        rows.map { String(decoding: $0.last == UInt8(ascii: "\n") ? $0.dropLast() : $0, as: UTF8.self) }
    }

    public struct Rows: AsyncSequence, Sendable {
        let copy: PostgresCopyOut

        public struct AsyncIterator: AsyncIteratorProtocol {
            let stream: ResultStream<CopyChunk>
            var chunk = CopyChunk()
            var row = 0

            public mutating func next(
                isolation: isolated (any Actor)? = #isolation
            ) async throws(PostgresError) -> ArraySlice<UInt8>? {
                if row == chunk.rowEnds.count {
                    guard let next = try await stream.next() else { return nil }
                    chunk = next
                    row = 0
                }
                let start = row == 0 ? 0 : chunk.rowEnds[row - 1]
                defer { row += 1 }
                return chunk.bytes[start..<chunk.rowEnds[row]]
            }

            public mutating func next() async throws(PostgresError) -> ArraySlice<UInt8>? { try await next(isolation: nil) }
        }

        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(stream: copy.stream)
        }
    }
}
