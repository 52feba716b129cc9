import Foundation

/// Runs calls that block: connecting, which resolves names, and PQcancel, which opens a connection of its own.
///
/// Each call gets a thread of its own. Such calls are rare, and one that hangs because its server has silently gone must not delay another,
/// which a pool of threads could not guarantee.
enum BlockingThread {
    static func run(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = "pq-blocking"
        thread.stackSize = 256 * 1024
        thread.start()
    }
}
