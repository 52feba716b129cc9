import Foundation

/// Reads the JSON lines that a hammer wrote, and keeps of them what the transactions read and wrote.
///
/// A row with a column `race_key` tells of an access: `race_read` is the version that was read, `race_write` the one that was written;
/// absent or null means none. An operation that was refused or whose answer was lost has no rows: what its arguments of those names say
/// is what it tried. Lines are transactions; their order is kept. Errors name file, line and column.
enum HistoryReader {
    static func read(_ path: String) throws(HistoryError) -> TransactionHistory {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw HistoryError(path: path, reason: "it cannot be read: \((error as NSError).localizedDescription)")
        }
        let result = data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Result<TransactionHistory, HistoryError> in
            Result { () throws(HistoryError) in try read(bytes, path) }
        }
        return try result.get()
    }

    static func read(_ bytes: UnsafeRawBufferPointer, _ path: String) throws(HistoryError) -> TransactionHistory {
        var history = TransactionHistory()
        var scanner = JSONScanner(bytes: bytes, at: 0)
        var line = Line()
        var number = 1
        while scanner.at < bytes.count {
            let start = scanner.at
            do throws(JSONScanner.Problem) {
                scanner.skipSpace()
                if scanner.isAtLineEnd { throw scanner.problem("the line is empty") }
                try line.read(&scanner)
                scanner.skipSpace()
                guard scanner.isAtLineEnd else { throw scanner.problem("there is more after the operation") }
                try line.add(to: &history, scanner)
            } catch {
                throw HistoryError(path: path, reason: "line \(number), column \(error.offset - start + 1): \(error.message)")
            }
            scanner.at += 1
            number += 1
        }
        return history
    }

    /// One line's values. Kept from line to line for its memory.
    private struct Line {
        struct Access {
            var key, read, write: JSONScanner.Text?
        }
        var start, end, client, sequence, outcome: JSONScanner.Text?
        var arguments = Access()
        var accesses: [Access] = []
        var offset = 0

        mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) {
            (start, end, client, sequence, outcome, arguments) = (nil, nil, nil, nil, nil, Access())
            accesses.removeAll(keepingCapacity: true)
            offset = scanner.at
            try scanner.object { (scanner, name) throws(JSONScanner.Problem) in
                switch true {
                case scanner.matches(name, "start"): start = try scanner.scalar()
                case scanner.matches(name, "end"): end = try scanner.scalar()
                case scanner.matches(name, "client"): client = try scanner.scalar()
                case scanner.matches(name, "seq"): sequence = try scanner.scalar()
                case scanner.matches(name, "outcome"): outcome = try scanner.scalar()
                case scanner.matches(name, "args"): arguments = try Self.access(&scanner)
                case scanner.matches(name, "rows"):
                    try scanner.array { (scanner) throws(JSONScanner.Problem) in
                        let access = try Self.access(&scanner)
                        if access.key != nil { accesses.append(access) }
                    }
                default: try scanner.skip()
                }
            }
        }

        private static func access(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> Access {
            var access = Access()
            try scanner.object { (scanner, name) throws(JSONScanner.Problem) in
                switch true {
                case scanner.matches(name, "race_key"): access.key = try scanner.scalar()
                case scanner.matches(name, "race_read"): access.read = try scanner.scalar()
                case scanner.matches(name, "race_write"): access.write = try scanner.scalar()
                default: try scanner.skip()
                }
            }
            return access
        }

        func add(to history: inout TransactionHistory, _ scanner: JSONScanner) throws(JSONScanner.Problem) {
            func number(_ text: JSONScanner.Text?, _ name: String) throws(JSONScanner.Problem) -> Int64 {
                guard let text else { throw scanner.problem("the operation has no '\(name)'", at: offset) }
                return try scanner.integer(text, "'\(name)'")
            }
            func version(_ text: JSONScanner.Text?, _ name: String) throws(JSONScanner.Problem) -> Int64? {
                guard let text else { return nil }
                return try scanner.integer(text, name)
            }
            func record(_ access: Access) throws(JSONScanner.Problem) {
                guard let key = access.key else { return }
                let read = try version(access.read, "race_read")
                let write = try version(access.write, "race_write")
                if key.hasEscapes {
                    history.access(try scanner.unescaped(key), read: read, write: write)
                } else {
                    history.access(scanner.bytes[key.range], read: read, write: write)
                }
            }
            guard let outcome else { throw scanner.problem("the operation has no 'outcome'", at: offset) }
            guard let known = HistoryRecord.Outcome(rawValue: scanner.spelled(outcome.range)) else {
                throw scanner.problem(
                    "'outcome' must be ok, error or unknown, found '\(scanner.spelled(outcome.range))'", at: outcome.range.lowerBound)
            }
            let times = (try number(start, "start"), try number(end, "end"))
            guard times.0 >= 0, times.0 <= times.1 else {
                throw scanner.problem("the operation ends at \(times.1), before it starts at \(times.0)", at: offset)
            }
            history.begin(
                start: UInt64(times.0), end: UInt64(times.1), client: Int(try number(client, "client")),
                sequence: Int(try number(sequence, "seq")), outcome: known)
            for access in accesses { try record(access) }
            if accesses.isEmpty, known != .ok { try record(arguments) }
        }
    }
}

extension TransactionHistory {
    /// A history file as `race run` writes it.
    public init(path: String) throws(HistoryError) { self = try HistoryReader.read(path) }
}
