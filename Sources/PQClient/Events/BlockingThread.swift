import Foundation

/// Where calls go that block: name resolution inside connecting, and PQcancel, which opens a connection of its own.
///
/// Each call gets a thread. Both kinds are rare, and one that hangs (a server that is gone without a word) must not
/// hold up another, which a pool of threads could not promise.
enum BlockingThread {
    static func run(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = "pq-blocking"
        thread.stackSize = 256 * 1024
        thread.start()
    }
}
