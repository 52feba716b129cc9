import Foundation

/// Allows one start, stop or reset at a time, among all processes. The lock ends with the process, so there is nothing to clean up.
final class FileLock {
    private let descriptor: Int32

    /// Waits until the lock is free; `waiting` is called once if it is not.
    init(path: String, waiting: () -> Void) throws {
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DevClusterError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            waiting()
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    close(descriptor)
                    throw DevClusterError("\(path) cannot be locked: \(String(cString: strerror(errno)))")
                }
            }
        }
    }

    deinit { close(descriptor) }
}
