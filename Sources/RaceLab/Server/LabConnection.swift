import CLibPQ
import Foundation

/// A connection that one thread drives together with others: it tells whether an answer has arrived instead of waiting for it.
///
/// The client library waits for each statement in a task. Here one thread decides which of several sessions goes on, so it needs the
/// sockets. Confined to that thread.
final class LabConnection {
    let name: String
    let pid: Int32
    /// Is called with each notice as libpq words it, with the newline that ends it.
    var onNotice: (String) -> Void = { _ in }
    private let pg: OpaquePointer

    init(_ conninfo: String, name: String) throws {
        self.name = name
        guard let pg = PQconnectdb(conninfo) else { throw RaceError("out of memory") }
        self.pg = pg
        guard PQstatus(pg) == CONNECTION_OK else {
            defer { PQfinish(pg) }
            throw RaceError("session \(name) cannot connect: \(String(cString: PQerrorMessage(pg)))")
        }
        pid = PQbackendPID(pg)
        PQsetNoticeProcessor(
            pg, { Unmanaged<LabConnection>.fromOpaque($0!).takeUnretainedValue().onNotice(String(cString: $1!)) },
            Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { PQfinish(pg) }

    var socket: Int32 { PQsocket(pg) }
    var isBusy: Bool { PQisBusy(pg) != 0 }
    var message: String { String(cString: PQerrorMessage(pg)) }
    var isInTransaction: Bool { PQtransactionStatus(pg) == PQTRANS_INTRANS || PQtransactionStatus(pg) == PQTRANS_INERROR }

    /// Sends a script without waiting for its answers.
    func send(_ sql: String) throws {
        guard PQsendQuery(pg, sql) == 1 else { throw RaceError("session \(name): \(message)") }
    }

    /// Reads what has arrived. False when the connection is broken.
    @discardableResult
    func consume() -> Bool { PQconsumeInput(pg) == 1 }

    /// The next answer to the script; nil when there are no more. Waits for it if it has not arrived.
    func nextResult() -> LabResult? { PQgetResult(pg).map { LabResult($0) } }

    /// Runs a script and waits for its last answer.
    func run(_ sql: String) -> LabResult { LabResult(PQexec(pg, sql)) }

    func prepare(_ name: String, _ sql: String) throws {
        let result = LabResult(PQprepare(pg, name, sql, 0, nil))
        if result.isError { throw RaceError("\(sql): \(result.text)") }
    }

    /// The first value of the first row of a prepared statement with one parameter.
    func value(of prepared: String, _ parameter: String) throws -> String {
        let result = parameter.withCString { text in
            var values: [UnsafePointer<CChar>?] = [text]
            return LabResult(PQexecPrepared(pg, prepared, 1, &values, nil, nil, 0))
        }
        guard !result.isError, result.rowCount == 1 else { throw RaceError("\(prepared): \(message)") }
        return result.value(0, 0) ?? ""
    }

    /// Runs a prepared statement without parameters.
    func run(prepared name: String) -> LabResult { LabResult(PQexecPrepared(pg, name, 0, nil, nil, nil, 0)) }

    /// Closes the socket without telling the server.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Asks the server to cancel the current statement, and waits until the server has received the request.
    func cancel() -> Bool {
        guard let cancel = PQgetCancel(pg) else { return false }
        defer { PQfreeCancel(cancel) }
        var reason = [CChar](repeating: 0, count: 256)
        return PQcancel(cancel, &reason, Int32(reason.count)) == 1
    }

    struct Notification {
        var channel, payload: String
        var pid: Int32
    }

    func nextNotification() -> Notification? {
        guard let notify = PQnotifies(pg) else { return nil }
        defer { PQfreemem(notify) }
        return Notification(
            channel: String(cString: notify.pointee.relname), payload: String(cString: notify.pointee.extra), pid: notify.pointee.be_pid)
    }

    /// Waits up to this many microseconds until one of the sockets is readable. True if one is.
    static func wait(for sockets: [Int32], microseconds: Int) -> Bool {
        // Not poll(2), which counts in milliseconds: a statement takes a tenth of one.
        var set = fd_set()
        withUnsafeMutableBytes(of: &set) { bits in
            for socket in sockets where socket >= 0 && Int(socket) < bits.count * 8 { bits[Int(socket) / 8] |= 1 << (socket % 8) }
        }
        var time = timeval(tv_sec: microseconds / 1_000_000, tv_usec: .init(microseconds % 1_000_000))
        return select((sockets.max() ?? -1) + 1, &set, nil, nil, &time) > 0
    }
}
