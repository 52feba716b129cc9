import CLibPQ
import Foundation

/// Statements with megabytes of parameters are sent by a thread of their own.
///
/// In non-blocking mode libpq moves all that is left to the front of its buffer whenever the socket takes no more, which makes the time
/// quadratic in the size. In blocking mode it does not, but waits.
extension Session {
    /// Bytes of parameters from which on it is worth a thread.
    private static let largeStatement = 1 << 20

    var isLarge: Bool { parameters.byteCount >= Self.largeStatement }

    /// Lends the connection to a thread that runs `send`. Until it is back, nothing else touches it.
    func sendElsewhere(_ request: Request, _ send: @escaping () -> Int32) {
        updateInterest(none: true)
        isLent = true
        let work = Lent(pg: pg, send: send)
        BlockingThread.run {
            let isSent = work.run()
            self.execute { self.takeBack(request, isSent: isSent) }
        }
    }

    private func takeBack(_ request: Request, isSent: Bool) {
        isLent = false
        parameters.shrink()
        if let reason = lossWhileLent.take() { return lose(reason) }
        updateInterest()
        guard !isSent else {
            flush()
            return pump()
        }
        let error = PostgresError(.usage, connection: pg, otherwise: "the statement was not sent")
        guard PQstatus(pg) != CONNECTION_BAD else { return lose() }
        request.error = request.error ?? error
        finish(request)
    }
}

/// What the thread gets.
private struct Lent: @unchecked Sendable {
    // @unchecked: the session leaves both alone until the thread is done.
    let pg: OpaquePointer
    let send: () -> Int32

    func run() -> Bool {
        guard PQsetnonblocking(pg, 0) == 0 else { return false }
        let isSent = send() == 1 && PQflush(pg) == 0
        return PQsetnonblocking(pg, 1) == 0 && isSent
    }
}
