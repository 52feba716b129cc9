import CLibPQ
import Foundation

/// A connection that one thread drives together with others: it tells when an answer is there instead of waiting for it.
///
/// The client library waits for each statement in a task. Here one thread decides which of several sessions goes on, so it needs to see
/// the sockets. Confined to that thread.
final class LabConnection {
    let name: String
    let pid: Int32
    /// Told each notice as libpq words it, with the newline that ends it.
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

    /// Sends a script; its answers come later.
    func send(_ sql: String) throws {
        guard PQsendQuery(pg, sql) == 1 else { throw RaceError("session \(name): \(message)") }
    }

    /// Takes what has arrived. False when the connection is broken.
    @discardableResult
    func consume() -> Bool { PQconsumeInput(pg) == 1 }

    /// The next answer to what was sent; nil when there are no more. Waits when there is none yet.
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

    /// A prepared statement without parameters.
    func run(prepared name: String) -> LabResult { LabResult(PQexecPrepared(pg, name, 0, nil, nil, nil, 0)) }

    /// Closes the way to the server without a word to it.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Asks the server to stop what runs. Waits for the server to have taken that.
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

    /// Waits until one of them has something to read, for at most so many microseconds. True if one has.
    static func wait(for sockets: [Int32], microseconds: Int) -> Bool {
        // Not poll(2): it counts in milliseconds, and a statement takes a tenth of one.
        var set = fd_set()
        withUnsafeMutableBytes(of: &set) { bits in
            for socket in sockets where socket >= 0 && Int(socket) < bits.count * 8 { bits[Int(socket) / 8] |= 1 << (socket % 8) }
        }
        var time = timeval(tv_sec: microseconds / 1_000_000, tv_usec: .init(microseconds % 1_000_000))
        return select((sockets.max() ?? -1) + 1, &set, nil, nil, &time) > 0
    }
}

/// One answer of a server.
final class LabResult {
    private let result: OpaquePointer?

    init(_ result: OpaquePointer?) { self.result = result }
    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }
    var isError: Bool { status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR }
    var hasRows: Bool { status == PGRES_TUPLES_OK }
    var rowCount: Int { Int(PQntuples(result)) }
    var columnCount: Int { Int(PQnfields(result)) }
    /// libpq's whole message, with the newline that ends it.
    var text: String { String(cString: PQresultErrorMessage(result)) }
    var severity: String? { field(CChar(UInt8(ascii: "S"))) }
    var primary: String? { field(CChar(UInt8(ascii: "M"))) }
    var sqlState: String? { field(CChar(UInt8(ascii: "C"))) }

    private func field(_ code: CChar) -> String? { PQresultErrorField(result, Int32(code)).map { String(cString: $0) } }

    func columnName(_ column: Int) -> String { String(cString: PQfname(result, Int32(column))) }

    func value(_ row: Int, _ column: Int) -> String? {
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0 else { return nil }
        return String(cString: PQgetvalue(result, Int32(row), Int32(column)))
    }

    /// As libpq's PQprint lays out rows with a header, aligned, with `|` between columns: what isolationtester's expected files hold.
    var table: String {
        let columns = 0..<columnCount
        let cells = (0..<rowCount).map { row in columns.map { value(row, $0) ?? "" } }
        let names = columns.map { columnName($0) }
        let widths = columns.map { column in cells.reduce(names[column].utf8.count) { max($0, $1[column].utf8.count) } }
        let isText = columns.map { column in cells.contains { !$0[column].isEmpty && !Self.looksNumeric($0[column]) } }
        func line(_ values: [String]) -> String {
            columns.map { column in
                let blanks = String(repeating: " ", count: widths[column] - values[column].utf8.count)
                return isText[column] ? values[column] + blanks : blanks + values[column]
            }.joined(separator: "|") + "\n"
        }
        return line(names) + widths.map { String(repeating: "-", count: $0) }.joined(separator: "+") + "\n"
            + cells.map(line).joined() + "(\(rowCount) row\(rowCount == 1 ? "" : "s"))\n\n"
    }

    /// What libpq takes for a number: only signs of one, not beginning with an E, and a digit at the end.
    private static func looksNumeric(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return first != UInt8(ascii: "E") && first != UInt8(ascii: "e") && digits.contains(last)
            && value.utf8.allSatisfy { digits.contains($0) || ".Ee -".utf8.contains($0) }
    }
}
