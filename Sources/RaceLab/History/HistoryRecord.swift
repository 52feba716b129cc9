/// One operation as its client saw it: when it was called and answered, and with what.
///
/// A history file has one JSON object a line, written by hand because a hammer writes tens of thousands a second.
struct HistoryRecord: Equatable, Sendable {
    enum Outcome: String, Sendable {
        /// The operation was answered: what it did is committed.
        case ok
        /// The operation was refused: what it tried to do was not done.
        case error
        /// The connection was lost before the answer came: the operation may or may not be committed.
        case unknown
    }
    var client: Int
    var sequence: Int
    var operation: String
    var arguments: [(name: String, value: String?)] = []
    /// On one monotonic clock, for all clients.
    var startedNanoseconds: UInt64 = 0
    var endedNanoseconds: UInt64 = 0
    var outcome = Outcome.ok
    var sqlState: String?
    var message: String?
    /// SQLSTATEs of the attempts before the one that was answered.
    var retried: [String] = []
    /// The server's report on each deadlock among them: who waited for whom, and in which statement of this attempt.
    var deadlocks: [String] = []
    var results: [ResultRows] = []

    static func == (a: HistoryRecord, b: HistoryRecord) -> Bool { a.line() == b.line() }

    func line() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// The start comes first, so that histories of several clients are merged without parsing them.
    func append(to bytes: inout [UInt8]) {
        bytes.append(raw: "{\"start\":")
        bytes.append(number: startedNanoseconds)
        bytes.append(raw: ",\"end\":")
        bytes.append(number: endedNanoseconds)
        bytes.append(raw: ",\"client\":")
        bytes.append(number: UInt64(client))
        bytes.append(raw: ",\"seq\":")
        bytes.append(number: UInt64(sequence))
        bytes.append(raw: ",\"op\":")
        bytes.append(json: operation)
        bytes.append(raw: ",\"args\":{")
        for (index, argument) in arguments.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(json: argument.name)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(json: argument.value)
        }
        bytes.append(raw: "},\"outcome\":\"")
        bytes.append(raw: outcome.rawValue)
        bytes.append(raw: "\"")
        if let sqlState {
            bytes.append(raw: ",\"sqlstate\":")
            bytes.append(json: sqlState)
        }
        if let message {
            bytes.append(raw: ",\"message\":")
            bytes.append(json: message)
        }
        if !retried.isEmpty { append(list: retried, as: "retried", to: &bytes) }
        if !deadlocks.isEmpty { append(list: deadlocks, as: "deadlocks", to: &bytes) }
        bytes.append(raw: ",\"rows\":[")
        var first = true
        for result in results {
            for row in result.rows {
                if !first { bytes.append(UInt8(ascii: ",")) }
                first = false
                bytes.append(object: result.columns, row)
            }
        }
        bytes.append(raw: "]}\n")
    }

    private func append(list: [String], as name: String, to bytes: inout [UInt8]) {
        bytes.append(raw: ",\"\(name)\":[")
        for (index, text) in list.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(json: text)
        }
        bytes.append(raw: "]")
    }
}

extension [UInt8] {
    mutating func append(raw text: String) { append(contentsOf: text.utf8) }

    mutating func append(number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var value = number
            var first = digits.count
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
                value /= 10
            } while value > 0
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
        }
    }

    mutating func append(object columns: [String], _ values: [String?]) {
        append(UInt8(ascii: "{"))
        for (index, column) in columns.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(json: column)
            append(UInt8(ascii: ":"))
            append(json: values[index])
        }
        append(UInt8(ascii: "}"))
    }

    mutating func append(json text: String?) {
        guard let text else { return append(raw: "null") }
        append(UInt8(ascii: "\""))
        // Hardly any text has a character to escape.
        let isPlain = text.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else { return false }
            append(contentsOf: bytes)
            return true
        }
        if isPlain == true { return append(UInt8(ascii: "\"")) }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case UInt8(ascii: "\n"): append(raw: "\\n")
            case UInt8(ascii: "\t"): append(raw: "\\t")
            case 0..<0x20:
                let digits = [UInt8]("0123456789abcdef".utf8)
                append(raw: "\\u00")
                append(digits[Int(byte >> 4)])
                append(digits[Int(byte & 15)])
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
