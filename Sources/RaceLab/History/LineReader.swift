import Foundation

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
