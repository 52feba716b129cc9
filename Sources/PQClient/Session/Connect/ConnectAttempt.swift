import CLibPQ
import Foundation
import Synchronization

/// Opens a connection on a thread of its own.
///
/// PQconnectdb rather than PQconnectPoll: name resolution blocks in both, and only the former goes on to the next host when
/// `connect_timeout` has passed. A cancelled caller does not wait; the thread then closes the connection that it opened.
final class ConnectAttempt: Sendable {
    private typealias Outcome = Result<RawConnection, PostgresError>
    private let continuation = Mutex<CheckedContinuation<Result<RawConnection, PostgresError>, Never>?>(nil)

    static func open(_ conninfo: String, applicationName: String?) async throws(PostgresError) -> RawConnection {
        let attempt = ConnectAttempt()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: Outcome.failure(cancelled))
                    return
                }
                attempt.continuation.withLock { $0 = continuation }
                BlockingThread.run { attempt.run(conninfo, applicationName: applicationName) }
                // Cancelled between the check and the line above: the handler found nothing to resume.
                if Task.isCancelled { attempt.finish(.failure(cancelled)) }
            }
        } onCancel: {
            attempt.finish(.failure(cancelled))
        }
        return try outcome.get()
    }

    private static let cancelled = PostgresError(.cancelled, "connecting was cancelled")

    private func run(_ conninfo: String, applicationName: String?) {
        let finished = finish(Self.connect(conninfo, applicationName: applicationName))
        if case .rejected(let raw?) = finished { PQfinish(raw.pointer) }
    }

    private enum Delivery {
        case accepted
        case rejected(RawConnection?)
    }

    /// The first outcome wins.
    @discardableResult
    private func finish(_ outcome: Result<RawConnection, PostgresError>) -> Delivery {
        guard let waiting = continuation.withLock({ $0.take() }) else { return .rejected(try? outcome.get()) }
        waiting.resume(returning: outcome)
        return .accepted
    }

    /// Blocks until the connection is open or has failed.
    private static func connect(_ conninfo: String, applicationName: String?) -> Result<RawConnection, PostgresError> {
        // Later entries override the connection string; `fallback_application_name` yields to it.
        let name = applicationName ?? ""
        let settings = [
            ("dbname", conninfo), ("client_encoding", "UTF8"), ("fallback_application_name", "domainflow"),
            ("application_name", name),
        ]
        var keywords = settings.map { strdup($0.0) }
        var values = settings.map { strdup($0.1) }
        defer { for text in keywords + values { free(text) } }
        keywords.append(nil)
        values.append(nil)
        let pg = keywords.withUnsafeBufferPointer { keywords in
            values.withUnsafeBufferPointer { values in
                keywords.withMemoryRebound(to: UnsafePointer<CChar>?.self) { keywords in
                    values.withMemoryRebound(to: UnsafePointer<CChar>?.self) { values in
                        PQconnectdbParams(keywords.baseAddress, values.baseAddress, 1)
                    }
                }
            }
        }
        guard let pg else { return .failure(PostgresError(.connection, "out of memory")) }
        guard PQstatus(pg) == CONNECTION_OK else {
            let error = PostgresError(.connection, connection: pg, otherwise: "no connection to the server")
            PQfinish(pg)
            return .failure(error)
        }
        return .success(RawConnection(pointer: pg))
    }
}
