import Foundation

/// Writes one client's part of a history to a buffered file of its own; only that client uses it.
///
/// Histories are never sampled: every operation of every client is written while the run goes on. ``HistoryFiles`` merges the parts later.
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

/// Nanoseconds on a clock that never goes back and that all clients share.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
