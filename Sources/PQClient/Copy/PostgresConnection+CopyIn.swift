extension PostgresConnection {
    /// Sends `rows` to a `COPY ... FROM STDIN` and returns the number of rows that the server took. Each element is one line in the format
    /// of the statement (text unless it says otherwise, see ``CopyText``), with or without its line end. All rows arrive or none. A
    /// cancelled task ends the COPY with an error.
    public func copyIn(
        _ statement: String, rows: some Sequence<String>, isolation: isolated (any Actor)? = #isolation
    ) async throws(PostgresError) -> Int {
        let request = try await beginCopy(statement)
        var chunk = RowChunk()
        for row in rows {
            chunk.append(row)
            if chunk.isFull, await !putCopy(chunk.take(), request) { break }
        }
        return try await endCopy(request, chunk.take())
    }

    /// The same with rows that arrive one by one. An error of `rows` ends the COPY and is thrown.
    public func copyIn<Rows: AsyncSequence>(
        _ statement: String, rows: Rows, isolation: isolated (any Actor)? = #isolation
    ) async throws -> Int where Rows.Element == String {
        let request = try await beginCopy(statement)
        var chunk = RowChunk()
        var iterator = rows.makeAsyncIterator()
        do {
            while let row = try await iterator.next(isolation: isolation) {
                chunk.append(row)
                if chunk.isFull, await !putCopy(chunk.take(), request) { break }
            }
        } catch {
            await abortCopy(request, error)
            throw error
        }
        return try await endCopy(request, chunk.take())
    }

    /// Sends bytes in the format of the statement, which may be binary. Chunks may end anywhere, even within a row; large ones (64 KiB and
    /// more) cost least.
    public func copyIn(
        _ statement: String, chunks: some Sequence<[UInt8]>, isolation: isolated (any Actor)? = #isolation
    ) async throws(PostgresError) -> Int {
        let request = try await beginCopy(statement)
        for chunk in chunks {
            guard await putCopy(chunk, request) else { break }
        }
        return try await endCopy(request, [])
    }

    /// The same with chunks that arrive one by one. An error of `chunks` ends the COPY and is thrown.
    public func copyIn<Chunks: AsyncSequence>(
        _ statement: String, chunks: Chunks, isolation: isolated (any Actor)? = #isolation
    ) async throws -> Int where Chunks.Element == [UInt8] {
        let request = try await beginCopy(statement)
        var iterator = chunks.makeAsyncIterator()
        do {
            while let chunk = try await iterator.next(isolation: isolation) {
                guard await putCopy(chunk, request) else { break }
            }
        } catch {
            await abortCopy(request, error)
            throw error
        }
        return try await endCopy(request, [])
    }

    private func beginCopy(_ statement: String) async throws(PostgresError) -> Request {
        let request = Request(.copyIn(statement))
        await perform(request)
        guard request.copying else {
            _ = try request.single()
            throw PostgresError(.usage, "copyIn takes a COPY ... FROM STDIN; this was another statement")
        }
        return request
    }

    /// False if it is useless to send more.
    private func putCopy(_ chunk: [UInt8], _ request: Request) async -> Bool {
        var rest = chunk[...]
        while !rest.isEmpty {
            guard request.copying, !Task.isCancelled, session.putCopy(rest.prefix(Session.largestMessage), request) else { return false }
            rest = rest.dropFirst(Session.largestMessage)
            // Cancelling has to reach the server here too: it may be waiting for a lock and reading nothing.
            await untilDone(request) { $0.awaitWritten($1) }
        }
        return request.copying
    }

    private func endCopy(_ request: Request, _ chunk: [UInt8]) async throws(PostgresError) -> Int {
        _ = await putCopy(chunk, request)
        if request.copying {
            if Task.isCancelled { request.cancelReason = .cancelled }
            let reason = request.cancelReason == nil ? request.error?.message : "the task was cancelled"
            await untilDone(request) { $0.finishCopy(request, error: reason, $1) }
        }
        return try request.single().affectedRows
    }

    /// The source of the data failed: tells the server, which then keeps none of it.
    private func abortCopy(_ request: Request, _ error: any Error) async {
        guard request.copying else { return }
        await untilDone(request) { $0.finishCopy(request, error: "\(error)".withoutNUL, $1) }
    }

    private func untilDone(_ request: Request, _ body: (Session, Waiting) -> Void) async {
        await withTaskCancellationHandler {
            // The closure runs on the event thread only because it names `self`, for its session.
            await withUnsafeContinuation { body(session, $0) }
        } onCancel: { [session] in
            session.cancelSoon(request)
        }
    }
}

/// Rows gathered into one chunk: many of them share one thread switch and one system call.
private struct RowChunk {
    private static let size = 64 * 1024
    private var bytes: [UInt8] = []

    var isFull: Bool { bytes.count >= Self.size }

    mutating func append(_ row: String) {
        if bytes.capacity == 0 { bytes.reserveCapacity(Self.size + 1024) }
        bytes.append(contentsOf: row.utf8)
        if bytes.last != UInt8(ascii: "\n") || row.isEmpty { bytes.append(UInt8(ascii: "\n")) }
    }

    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
