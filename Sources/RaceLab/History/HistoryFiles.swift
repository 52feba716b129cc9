import Foundation

/// Makes one history file of the parts that clients wrote.
enum HistoryFiles {
    /// Merges the parts, each of which is in order of start, into one file in order of start, and removes them.
    static func merge(_ parts: [String], into path: String) throws(HistoryError) {
        var readers: [(reader: LineReader, line: String, start: UInt64)] = []
        for part in parts {
            var reader = try LineReader(path: part)
            if let line = reader.next() { readers.append((reader, line, start(of: line))) }
        }
        guard let output = fopen(path, "w") else { throw HistoryError(path: path, reason: String(cString: strerror(errno))) }
        while let earliest = readers.indices.min(by: { readers[$0].start < readers[$1].start }) {
            fputs(readers[earliest].line, output)
            fputs("\n", output)
            if let line = readers[earliest].reader.next() {
                readers[earliest].line = line
                readers[earliest].start = start(of: line)
            } else {
                readers.remove(at: earliest)
            }
        }
        let failed = ferror(output) != 0
        guard fclose(output) == 0, !failed else { throw HistoryError(path: path, reason: String(cString: strerror(errno))) }
        for part in parts { unlink(part) }
    }

    private static func start(of line: String) -> UInt64 {
        var value: UInt64 = 0
        for byte in line.utf8.dropFirst("{\"start\":".utf8.count) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
