import Foundation

/// A serial executor whose jobs run on an event thread. Other threads may touch its state too: one thread at a time, after entering.
///
/// A class to derive from and not a protocol: the thread calls it once per job, and a call through an existential would cost more.
class EventExecutor: SerialExecutor, @unchecked Sendable {
    // @unchecked: `depth` is touched only by the thread that holds the lock.
    final let thread: EventThread
    /// Recursive.
    private final let lock: UnsafeMutablePointer<pthread_mutex_t>
    /// How many calls of ``enter()`` the thread inside has yet to leave.
    @exclusivity(unchecked) final private(set) var depth = 0

    init(thread: EventThread) {
        self.thread = thread
        lock = .allocate(capacity: 1)
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(lock, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    final func enqueue(_ job: consuming ExecutorJob) { thread.enqueue(UnownedJob(job), of: self) }
    final func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    final func checkIsolated() { precondition(isIsolatingCurrentContext() == true, "not isolated to the connection") }
    final func isIsolatingCurrentContext() -> Bool? { thread.isCurrent && thread.isolation === self }

    /// Waits for the thread inside, if there is one. Calls may be nested.
    final func enter() {
        pthread_mutex_lock(lock)
        depth += 1
    }

    final func tryEnter() -> Bool {
        guard pthread_mutex_trylock(lock) == 0 else { return false }
        depth += 1
        return true
    }

    func leave() {
        depth -= 1
        pthread_mutex_unlock(lock)
    }
}
