import CLibPQ

/// Sends cancel requests. Made once per connection; libpq's object is immutable and PQcancel is thread-safe.
final class Canceller: Sendable {
    private nonisolated(unsafe) let handle: OpaquePointer?

    init(_ pg: OpaquePointer) { handle = PQgetCancel(pg) }
    deinit { PQfreeCancel(handle) }

    /// Opens a connection of its own and blocks until the server has closed it.
    func send() {
        guard let handle else { return }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = PQcancel(handle, buffer.baseAddress, 256)
        }
    }
}
