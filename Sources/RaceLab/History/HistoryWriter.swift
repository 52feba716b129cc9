import Foundation

// Histories are never sampled: every operation of every client is written, to a buffered file of the client's own while the run goes
// on, and merged by start into one file when it is over.

/// What could not be written or read, and where.
public struct HistoryError: Error, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String { "history \(path): \(reason)" }
}

/// One client's part of a history. Used by that client only.
struct HistoryWriter: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private static let flushAt = 1 << 16

    init(path: String) throws(HistoryError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw HistoryError(path: path, reason: String(cString: strerror(errno))) }
        buffer.reserveCapacity(Self.flushAt + 4096)
    }

    deinit { close(descriptor) }

    mutating func append(_ record: HistoryRecord) throws(HistoryError) {
        record.append(to: &buffer)
        if buffer.count >= Self.flushAt { try flush() }
    }

    mutating func flush() throws(HistoryError) {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw HistoryError(path: path, reason: String(cString: strerror(errno)))
            }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Lines of a file, one at a time, without the newline.
struct LineReader: Sequence, IteratorProtocol {
    private final class Source {
        let file: UnsafeMutablePointer<FILE>
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        init(_ file: UnsafeMutablePointer<FILE>) { self.file = file }
        deinit {
            free(line)
            fclose(file)
        }
    }
    private let source: Source

    init(path: String) throws(HistoryError) {
        guard let file = fopen(path, "r") else { throw HistoryError(path: path, reason: String(cString: strerror(errno))) }
        source = Source(file)
    }

    mutating func next() -> String? {
        var count = getline(&source.line, &source.capacity, source.file)
        guard count > 0, let line = source.line else { return nil }
        if line[count - 1] == CChar(bitPattern: UInt8(ascii: "\n")) { count -= 1 }
        return String(decoding: UnsafeRawBufferPointer(start: line, count: count), as: UTF8.self)
    }
}

enum HistoryFiles {
    /// Merges the parts, each in order of start, into one file in order of start, and removes them.
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

/// Nanoseconds on a clock that never goes back and is the same for all clients.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
