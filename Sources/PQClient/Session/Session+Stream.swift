import CLibPQ

/// Answers that are read piece by piece, as the caller asks for them: rows, and the data of a COPY TO.
extension Session {
    /// Rows that one turn hands over, so that reading them costs few of them.
    private static let rowsAtOnce = 256

    /// The rows that have arrived, up to a limit. If there are none, the caller has to wait.
    func readRows(_ request: Request) -> [PostgresRow] {
        var rows = request.takeRows()
        while request.streaming, rows.count < Self.rowsAtOnce, PQisBusy(pg) == 0 {
            guard let result = PQgetResult(pg) else {
                request.streaming = false
                break
            }
            if PQresultStatus(result) == PGRES_SINGLE_TUPLE {
                rows.append(PostgresRow(taking: result))
            } else {
                request.streaming = false
                take(result, for: request)
            }
        }
        return rows
    }

    /// Continues to read, and resumes when more rows, or the end, have arrived.
    func awaitStream(_ request: Request, _ continuation: Waiting) {
        guard !request.answered else {
            continuation.resume()
            return
        }
        request.waitAgain(continuation)
        setReading(true)
        // The end may have been read already; rows have not, or they would have been taken.
        if !request.streaming { pump() }
    }

    /// Rows may have arrived: wakes the reader, and reads nothing more until it has looked.
    func wakeReader(_ request: Request) {
        setReading(false)
        request.resume()
    }

    /// Abandons the rest. In a transaction it is read and thrown away, because a cancel would fail the transaction, unless that is wanted
    /// (`cancelling`).
    func abandonStream(_ request: Request, cancelling: Bool = false) {
        guard !queue.isClosed, queue.active === request, cancelling || !request.discarding else { return }
        request.streaming = false
        request.discarding = true
        setReading(true)
        if cancelling || !request.startedInTransaction || request.cancelReason != nil {
            cancel(request, reason: .cancelled, message: "the rest of the answer was abandoned")
        }
        pump()
    }

    /// Ends the statement on the server because its transaction or savepoint is being rolled back, even if an iterator of it still exists
    /// and however much is left.
    func endStream() {
        guard let request = activeStream, request.startedInTransaction else { return }
        abandonStream(request, cancelling: true)
    }

    var activeStream: Request? { queue.active.flatMap { $0.isStreamed ? $0 : nil } }
}
