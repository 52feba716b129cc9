import Foundation

extension TransactionHistory {
    /// Writes the history as the JSON that elle-cli reads for its rw-register model: `elle-cli --model rw-register FILE`.
    ///
    /// A transaction is an invocation and its completion, in the order of time; a refused one fails, one of unknown outcome has the
    /// completion `info` at the end and its client goes on as a new process. Versions are the values; what was there before the history
    /// is null. Transactions without accesses are left out.
    public func writeElle(to path: String) throws(HistoryError) {
        guard let file = fopen(path, "w") else { throw HistoryError(path: path, reason: String(cString: strerror(errno))) }
        var lines = ElleLines(self)
        var buffer: [UInt8] = []
        var isFirst = true
        func flush() {
            _ = buffer.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
            buffer.removeAll(keepingCapacity: true)
        }
        while let moment = lines.next() {
            buffer.append(raw: isFirst ? "[" : ",\n")
            isFirst = false
            lines.append(moment, to: &buffer)
            if buffer.count > 1 << 16 { flush() }
        }
        buffer.append(raw: isFirst ? "[]\n" : "]\n")
        flush()
        let failed = ferror(file) != 0
        guard fclose(file) == 0, !failed else { throw HistoryError(path: path, reason: String(cString: strerror(errno))) }
    }
}

/// The invocations and completions of a history, in the order of time.
private struct ElleLines {
    struct Moment {
        var transaction: Int
        var isInvocation: Bool
    }

    private let history: TransactionHistory
    /// The lowest version of each key that somebody wrote.
    private var firstWritten: [Int64]
    private var processes: [Int32: Int] = [:]
    private var processOf: [Int] = []
    private let byStart, byEnd: [Int]
    private var started = 0
    private var ended = 0
    private var index = 0
    private var open: Set<Int> = []
    /// Unknown outcomes stay open until everything else is over.
    private let lastTime: UInt64

    init(_ history: TransactionHistory) {
        self.history = history
        firstWritten = [Int64](repeating: .max, count: history.keys.count)
        for access in history.accesses where access.writes {
            firstWritten[Int(access.key)] = min(firstWritten[Int(access.key)], access.write)
        }
        let told = history.transactions.indices.filter { !history.accessRange($0).isEmpty }
        byStart = told.sorted { (history.transactions[$0].start, $0) < (history.transactions[$1].start, $1) }
        byEnd = told.sorted { (history.transactions[$0].end, $0) < (history.transactions[$1].end, $1) }
        lastTime = history.transactions.lazy.map { $0.outcome == .unknown ? $0.start : $0.end }.max() ?? 0
        let clients = Int(history.transactions.lazy.map(\.client).max() ?? 0) + 1
        processOf = [Int](repeating: 0, count: history.count)
        for transaction in byStart {
            let client = history.transactions[transaction].client
            let process = processes[client, default: Int(client)]
            processOf[transaction] = process
            processes[client] = history.transactions[transaction].outcome == .unknown ? process + clients : process
        }
    }

    /// What starts when another client's ends came first: then they overlap, which claims less.
    mutating func next() -> Moment? {
        guard ended < byEnd.count else { return nil }
        if started < byStart.count, !open.contains(processOf[byStart[started]]),
            history.transactions[byStart[started]].start <= history.transactions[byEnd[ended]].end
        {
            defer { started += 1 }
            open.insert(processOf[byStart[started]])
            return Moment(transaction: byStart[started], isInvocation: true)
        }
        defer { ended += 1 }
        open.remove(processOf[byEnd[ended]])
        return Moment(transaction: byEnd[ended], isInvocation: false)
    }

    mutating func append(_ moment: Moment, to bytes: inout [UInt8]) {
        let transaction = history.transactions[moment.transaction]
        let type =
            switch transaction.outcome {
            case _ where moment.isInvocation: "invoke"
            case .ok: "ok"
            case .error: "fail"
            case .unknown: "info"
            }
        bytes.append(raw: "{\"index\":")
        bytes.append(number: UInt64(index))
        index += 1
        bytes.append(raw: ",\"type\":\"\(type)\",\"process\":")
        bytes.append(number: UInt64(processOf[moment.transaction]))
        bytes.append(raw: ",\"time\":")
        bytes.append(number: moment.isInvocation ? transaction.start : min(transaction.end, lastTime))
        bytes.append(raw: ",\"f\":\"txn\",\"value\":[")
        var isFirst = true
        for access in history.accesses[history.accessRange(moment.transaction)] {
            let key = history.keys[Int(access.key)]
            func step(_ kind: String, _ version: Int64?) {
                bytes.append(raw: (isFirst ? "" : ",") + "[\"\(kind)\",")
                isFirst = false
                bytes.append(json: key)
                bytes.append(raw: ",\(version.map { String($0) } ?? "null")]")
            }
            if access.reads {
                let isKnown = !moment.isInvocation && transaction.outcome == .ok && access.read >= firstWritten[Int(access.key)]
                step("r", isKnown ? access.read : nil)
            }
            if access.writes { step("w", access.write) }
        }
        bytes.append(raw: "]}")
    }
}
