import CLibPQ
import Foundation
import Synchronization

/// Opens a connection on a thread of its own, because name resolution blocks. A cancelled caller does not wait; the thread then ends
/// within ``patience``, and with it the socket.
final class ConnectAttempt: Sendable {
    private typealias Outcome = Result<RawConnection, PostgresError>
    private let continuation = Mutex<CheckedContinuation<Result<RawConnection, PostgresError>, Never>?>(nil)

    /// How long an abandoned attempt may take to notice that it is.
    private static let patience: Duration = .milliseconds(100)

    static func open(_ origin: ConnectOrigin) async throws(PostgresError) -> RawConnection {
        let password = try await origin.nextPassword()
        let attempt = ConnectAttempt()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: Outcome.failure(.connectingCancelled))
                    return
                }
                attempt.continuation.withLock { $0 = continuation }
                BlockingThread.run { attempt.run(origin, password: password) }
                // Cancelled between the check and the line above: the handler found nothing to resume.
                if Task.isCancelled { attempt.finish(.failure(.connectingCancelled)) }
            }
        } onCancel: {
            attempt.finish(.failure(.connectingCancelled))
        }
        return try outcome.get()
    }

    private func run(_ origin: ConnectOrigin, password: String?) {
        let finished = finish(connect(origin, password: password))
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

    private var isAbandoned: Bool { continuation.withLock { $0 == nil } }

    private enum Progress {
        case open(OpaquePointer)
        case failed(PostgresError)
        /// `connect_timeout` has passed for this address of the host.
        case silent(ConnectHost, address: String, PostgresError)
    }

    /// Blocks until the connection is open, has failed, or is abandoned. An address that stays silent for `connect_timeout` is left out,
    /// and libpq goes through the others once more: it has no call to go on with the next.
    private func connect(_ origin: ConnectOrigin, password: String?) -> Result<RawConnection, PostgresError> {
        // Later entries override the connection string, unless they are empty; `fallback_application_name` yields to it.
        let given = [
            ("dbname", origin.conninfo), ("client_encoding", "UTF8"), ("fallback_application_name", "domainflow"),
            ("application_name", origin.applicationName ?? ""), ("password", password ?? ""),
        ]
        var settings = given
        var silence: [String] = []
        while true {
            var hosts: [ConnectHost] = []
            switch attempt(settings, &hosts) {
            case .open(let pg): return .success(RawConnection(pointer: pg))
            case .failed(var error):
                error.message = (silence + [error.message]).joined(separator: "\n")
                return .failure(error)
            case .silent(let host, let address, var error):
                silence.append(error.message)
                hosts = hosts.flatMap { $0 == host ? host.elsewhere(than: address) : [$0] }
                guard !hosts.isEmpty else {
                    error.message = silence.joined(separator: "\n")
                    return .failure(error)
                }
                settings = given + ConnectHost.settings(hosts)
            }
        }
    }

    /// - Parameter hosts: becomes the list that libpq goes through.
    private func attempt(_ settings: [(String, String)], _ hosts: inout [ConnectHost]) -> Progress {
        guard let pg = Self.start(settings) else { return .failed(PostgresError(.connection, "out of memory")) }
        // With the SQLSTATE, which libpq does not report in any other way.
        PQsetErrorVerbosity(pg, PQERRORS_VERBOSE)
        hosts = ConnectHost.list(of: pg)
        let limit = ConnectHost.timeout(of: pg)
        var waitsFor = PGRES_POLLING_WRITING
        var current: (host: ConnectHost, address: String)?
        var deadline: ContinuousClock.Instant?
        while PQstatus(pg) != CONNECTION_BAD {
            if isAbandoned {
                PQfinish(pg)
                return .failed(.connectingCancelled)
            }
            let host = hosts.first { $0.isCurrent(in: pg) }
            let address = PQhostaddr(pg).map { String(cString: $0) } ?? ""
            if host != current?.host || address != current?.address {
                current = host.map { ($0, address) }
                deadline = limit.map { .now + $0 }
            }
            if let deadline, let host, deadline <= .now {
                let place = address.isEmpty ? "\(host)" : "\(host) (\(address))"
                let error = PostgresError(.connection, "connection to server at \(place) failed: no answer within connect_timeout")
                PQfinish(pg)
                return .silent(host, address: address, error)
            }
            guard Self.isReady(pg, waitsFor) else { continue }
            waitsFor = PQconnectPoll(pg)
            if waitsFor == PGRES_POLLING_OK {
                PQsetErrorVerbosity(pg, PQERRORS_DEFAULT)
                return .open(pg)
            }
            if waitsFor == PGRES_POLLING_FAILED { break }
        }
        defer { PQfinish(pg) }
        return .failed(PostgresError(connecting: pg))
    }

    /// Waits for the socket, but no longer than ``patience``.
    private static func isReady(_ pg: OpaquePointer, _ progress: PostgresPollingStatusType) -> Bool {
        let socket = PQsocket(pg)
        // Without one libpq has something else to do.
        guard socket >= 0 else { return true }
        var watched = pollfd(fd: socket, events: Int16(progress == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
        return poll(&watched, 1, Int32(patience / .milliseconds(1))) > 0
    }

    private static func start(_ settings: [(String, String)]) -> OpaquePointer? {
        var keywords = settings.map { strdup($0.0) }
        var values = settings.map { strdup($0.1) }
        defer { for text in keywords + values { free(text) } }
        keywords.append(nil)
        values.append(nil)
        return keywords.withUnsafeBufferPointer { keywords in
            values.withUnsafeBufferPointer { values in
                keywords.withMemoryRebound(to: UnsafePointer<CChar>?.self) { keywords in
                    values.withMemoryRebound(to: UnsafePointer<CChar>?.self) { values in
                        PQconnectStartParams(keywords.baseAddress, values.baseAddress, 1)
                    }
                }
            }
        }
    }
}

extension PostgresError {
    static let connectingCancelled = PostgresError(.cancelled, "connecting was cancelled")
}
