/// One run of a COPY TO: it begins with the first `next`, and is ended on the server if it is dropped before its end.
final class CopyOutStream {
    private let connection: PostgresConnection
    private let statement: String
    private var request: Request?
    private var isOver = false

    init(_ connection: PostgresConnection, _ statement: String) {
        self.connection = connection
        self.statement = statement
    }

    deinit {
        guard let request, !isOver else { return }
        let session = connection.session
        session.execute { session.abandonCopyOut(request) }
    }

    func next(isolation: isolated (any Actor)? = #isolation) async throws(PostgresError) -> CopyChunk? {
        guard !isOver else { return nil }
        do throws(PostgresError) {
            if request == nil { request = try await connection.beginCopyOut(statement) }
            if let request, let chunk = try await connection.nextCopyChunk(request) { return chunk }
            isOver = true
            return nil
        } catch {
            isOver = true
            throw error
        }
    }
}

extension PostgresConnection {
    fileprivate func beginCopyOut(_ statement: String) async throws(PostgresError) -> Request {
        let request = Request(.copyOut(statement))
        await perform(request)
        if let error = request.error { throw error }
        guard request.streaming else {
            throw PostgresError(.usage, "copyOut takes a COPY ... TO STDOUT; this was another statement")
        }
        return request
    }

    /// nil at the end.
    fileprivate func nextCopyChunk(_ request: Request) async throws(PostgresError) -> CopyChunk? {
        while !request.answered {
            if Task.isCancelled {
                session.abandonCopyOut(request, cancelling: true)
                throw PostgresError(.cancelled, "the task was cancelled")
            }
            let chunk = session.readCopyOut(request)
            if !chunk.rowEnds.isEmpty { return chunk }
            await withTaskCancellationHandler {
                await withUnsafeContinuation { session.awaitCopyOut(request, $0) }
            } onCancel: { [session] in
                session.cancelSoon(request)
            }
        }
        if let error = request.error { throw error }
        return nil
    }
}
