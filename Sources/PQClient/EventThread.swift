import Foundation
import Synchronization

/// Something with a file descriptor that an ``EventThread`` polls for. Confined to that thread.
protocol Watcher: AnyObject {
    /// Where the watcher stands in the poll set; owned by the event thread.
    var slot: Int { get set }
    func ready(_ events: Int16)
}

/// One operating-system thread that polls connections and runs Swift tasks between the polls.
///
/// It is the executor of the connections that live on it, and a task executor: a task that prefers the event thread of its
/// connection calls it without a change of thread, which is worth a factor of two on short statements.
/// The thread lives as long as the process. Work on it must not block: everything else on the thread would wait.
public final class EventThread: TaskExecutor, @unchecked Sendable {
    // @unchecked: `inbox`, `sleeping` and `domain` are shared and synchronised; all other state is touched by the thread itself
    // only, after `init` has handed it over.
    private struct QueuedJob {
        let job: UnownedJob
        /// Of an actor that lives on the thread; otherwise of a task that prefers it, which runs isolated to nothing. Told apart because a
        /// task that is resumed as something else than it was is queued once more.
        let isIsolated: Bool
    }

    private struct Inbox {
        var jobs: [QueuedJob] = []
        var work: [@Sendable () -> Void] = []
        var isEmpty: Bool { jobs.isEmpty && work.isEmpty }
    }

    private let inbox = Mutex(Inbox())
    private let sleeping = Atomic<Bool>(false)
    /// Held by the thread whenever it does not poll: it guards what lives on the thread.
    private let domain = Mutex(())
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private var thread = pthread_self()

    // Unchecked: one thread at a time touches them, and checking each access at run time costs a tenth of a statement's processor time.
    @exclusivity(unchecked) private var jobs: [QueuedJob] = []
    @exclusivity(unchecked) private var running: [QueuedJob] = []
    @exclusivity(unchecked) private var work: [@Sendable () -> Void] = []
    @exclusivity(unchecked) private var pollSet: [pollfd] = []
    @exclusivity(unchecked) private var watchers: [any Watcher] = []
    @exclusivity(unchecked) private var timers = TimerQueue()
    /// Of the actors that live here.
    private(set) var actorExecutor: EventThreadActorExecutor!

    /// How many rounds of runnable tasks go before descriptors are looked at again: tasks that never suspend for
    /// the network must not starve it.
    private static let roundsBetweenPolls = 32

    public init(name: String = "pq-event") {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "no descriptor left for an event thread's wake-up pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (wakeRead, wakeWrite) = (ends[0], ends[1])
        actorExecutor = EventThreadActorExecutor(self)
        let started = DispatchSemaphore(value: 0)
        let thread = Thread { [self] in
            self.thread = pthread_self()
            started.signal()
            loop()
        }
        thread.name = name
        thread.start()
        started.wait()
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), isIsolated: false) }

    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    fileprivate func enqueue(_ job: UnownedJob, isIsolated: Bool) {
        let job = QueuedJob(job: job, isIsolated: isIsolated)
        if isCurrent {
            jobs.append(job)
            return
        }
        inbox.withLock { $0.jobs.append(job) }
        wake()
    }

    var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// Runs `body` on the thread, soon; from the thread itself too, but then not before the caller returns.
    func execute(_ body: @escaping @Sendable () -> Void) {
        inbox.withLock { $0.work.append(body) }
        if !isCurrent { wake() }
    }

    /// Runs `body` at once if the thread is polling, with the thread kept from everything that lives on it meanwhile; otherwise on the
    /// thread, soon. Saves an ordinary task the change of thread. `body` must not block, nor change what the thread polls for.
    func executeHereOrThere(_ body: @escaping @Sendable () -> Void) {
        if domain.withLockIfAvailable({ _ in body() }) == nil { execute(body) }
    }

    private func wake() {
        // The flag is stored before the thread looks into its inbox for the last time, so no wake-up is lost.
        guard sleeping.load(ordering: .sequentiallyConsistent) else { return }
        var byte: UInt8 = 1
        _ = write(wakeWrite, &byte, 1)
    }

    // MARK: On the thread

    func add(_ watcher: any Watcher, descriptor: Int32) {
        assert(isCurrent)
        watcher.slot = watchers.count
        watchers.append(watcher)
        pollSet.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }

    func setInterest(_ watcher: any Watcher, reading: Bool, writing: Bool) {
        assert(isCurrent)
        guard watcher.slot >= 0 else { return }
        pollSet[watcher.slot].events = Int16((reading ? POLLIN : 0) | (writing ? POLLOUT : 0))
    }

    func remove(_ watcher: any Watcher) {
        assert(isCurrent)
        let slot = watcher.slot
        guard slot >= 0 else { return }
        watcher.slot = -1
        let last = watchers.count - 1
        if slot != last {
            watchers[slot] = watchers[last]
            watchers[slot].slot = slot
            pollSet[slot] = pollSet[last]
        }
        watchers.removeLast()
        pollSet.removeLast()
    }

    /// Runs `body` on the thread after `delay`, unless the timer is cancelled before. To be called on the thread.
    @discardableResult
    func schedule(after delay: Duration, _ body: @escaping () -> Void) -> EventTimer {
        timers.add(at: .now + delay, body)
    }

    private func loop() {
        let pipeWatcher = WakePipe(descriptor: wakeRead)
        add(pipeWatcher, descriptor: wakeRead)
        var served: Int32 = 0
        while true {
            let wait = domain.withLock { _ in
                if served > 0 { serve() }
                runJobs()
                while let timer = timers.popDue() { timer.fire() }
                sleeping.store(true, ordering: .sequentiallyConsistent)
                let busy = !jobs.isEmpty || inbox.withLock { !$0.isEmpty }
                return busy ? 0 : timers.millisecondsToNext()
            }
            served = poll(&pollSet, nfds_t(pollSet.count), wait)
            sleeping.store(false, ordering: .sequentiallyConsistent)
        }
    }

    private func runJobs() {
        for _ in 0..<Self.roundsBetweenPolls {
            inbox.withLock { inbox in
                if !inbox.jobs.isEmpty {
                    jobs.append(contentsOf: inbox.jobs)
                    inbox.jobs.removeAll(keepingCapacity: true)
                }
                swap(&work, &inbox.work)
            }
            if jobs.isEmpty && work.isEmpty { return }
            for body in work { body() }
            work.removeAll(keepingCapacity: true)
            runOwnJobs()
        }
    }

    /// One round of what was queued on the thread itself.
    private func runOwnJobs() {
        swap(&jobs, &running)
        for next in running {
            if next.isIsolated {
                next.job.runSynchronously(isolatedTo: actorExecutor.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            } else {
                next.job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        running.removeAll(keepingCapacity: true)
    }

    /// Whoever is resumed runs before the next descriptor is looked at: its next statement reaches its server while the others still work,
    /// in place of all servers being woken at once.
    private func serve() {
        // Downwards: a watcher that is removed is replaced by the last one, which has been served already.
        var slot = pollSet.count - 1
        while slot >= 0 {
            if slot < pollSet.count, pollSet[slot].revents != 0 {
                let events = pollSet[slot].revents
                pollSet[slot].revents = 0
                watchers[slot].ready(events)
                if !jobs.isEmpty { runOwnJobs() }
            }
            slot -= 1
        }
    }
}

/// Isolates the actors that live on a thread; all on one thread may call each other without a change of it.
final class EventThreadActorExecutor: SerialExecutor {
    private unowned let thread: EventThread
    init(_ thread: EventThread) { self.thread = thread }

    func enqueue(_ job: consuming ExecutorJob) { thread.enqueue(UnownedJob(job), isIsolated: true) }
    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    func checkIsolated() { precondition(thread.isCurrent, "not on the connection's event thread") }
    func isIsolatingCurrentContext() -> Bool? { thread.isCurrent }
}

private final class WakePipe: Watcher {
    var slot = -1
    private let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }

    func ready(_ events: Int16) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            _ = read(descriptor, buffer.baseAddress!, 64)
        }
    }
}

/// Event threads that connections are spread over.
public final class EventThreadGroup: Sendable {
    /// As many threads as processors, four at the most: a thread serves tens of thousands of statements a second.
    public static let `default` = EventThreadGroup(count: min(4, max(1, ProcessInfo.processInfo.activeProcessorCount)))

    public let threads: [EventThread]
    private let turn = Atomic<Int>(0)

    public init(count: Int) {
        threads = (0..<max(1, count)).map { EventThread(name: "pq-event-\($0)") }
    }

    /// The next thread in turn.
    public func next() -> EventThread {
        threads[turn.wrappingAdd(1, ordering: .relaxed).oldValue % threads.count]
    }
}
