/// One run of a statement whose answer is read piece by piece: it begins with the first `next`, and is ended on the server if it is dropped
/// before its end.
final class ResultStream<Piece: Sendable> {
    /// What has arrived; nil if nothing has.
    typealias Read = @Sendable (Session, Request) -> Piece?

    private let connection: PostgresConnection
    private let request: Request
    private let read: Read
    private var hasBegun = false
    private var isOver = false

    init(_ connection: PostgresConnection, _ body: Request.Body, read: @escaping Read) {
        self.connection = connection
        request = Request(body)
        self.read = read
    }

    deinit {
        guard hasBegun, !isOver else { return }
        let session = connection.session
        request.isDropped.store(true, ordering: .releasing)
        session.execute { [request] in session.abandonStream(request) }
    }

    func next(isolation: isolated (any Actor)? = #isolation) async throws(PostgresError) -> Piece? {
        guard !isOver else { return nil }
        do throws(PostgresError) {
            if !hasBegun {
                hasBegun = true
                try await connection.begin(request)
            }
            if let piece = try await connection.nextPiece(request, read) { return piece }
            isOver = true
            return nil
        } catch {
            isOver = true
            throw error
        }
    }
}

extension PostgresConnection {
    fileprivate func begin(_ request: Request) async throws(PostgresError) {
        await perform(request)
        if let error = request.error { throw error }
        guard request.streaming || !request.isCopyOut else {
            throw PostgresError(.usage, "copyOut takes a COPY ... TO STDOUT; this was another statement")
        }
    }

    /// nil at the end.
    fileprivate func nextPiece<Piece>(_ request: Request, _ read: ResultStream<Piece>.Read) async throws(PostgresError) -> Piece? {
        while !request.answered {
            if Task.isCancelled {
                session.abandonStream(request, cancelling: true)
                throw PostgresError(.cancelled, "the task was cancelled")
            }
            if let piece = read(session, request) { return piece }
            await withTaskCancellationHandler {
                await withUnsafeContinuation { session.awaitStream(request, $0) }
            } onCancel: { [session] in
                session.cancelSoon(request)
            }
        }
        if let error = request.error { throw error }
        return nil
    }
}
