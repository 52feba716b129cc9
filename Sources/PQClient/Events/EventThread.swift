import Foundation
import Synchronization

/// One operating-system thread that polls connections and runs Swift tasks between the polls.
///
/// The actors of the connections that live on it run there, and it is a task executor: for a task that prefers the event thread of its
/// connection, no call on the connection costs a thread switch. The thread lives as long as the process. Work on it must not block:
/// everything else on the thread would wait.
public final class EventThread: TaskExecutor, @unchecked Sendable {
    // @unchecked: `inbox` and `sleeping` are shared and synchronised; all other state is touched by the thread itself only, after
    // `init` has handed it over.
    private struct QueuedJob {
        let job: UnownedJob
        /// The executor of the actor whose job it is; nil for a task that prefers the thread, which runs without isolation. They are kept
        /// apart because a task that is resumed with the wrong isolation is queued once more.
        let executor: EventExecutor?
    }

    private struct Inbox {
        var jobs: [QueuedJob] = []
        var work: [@Sendable () -> Void] = []
        var isEmpty: Bool { jobs.isEmpty && work.isEmpty }
    }

    private let inbox = Mutex(Inbox())
    private let sleeping = Atomic<Bool>(false)
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private var thread = pthread_self()

    // Unchecked: one thread at a time touches them, and checking each access at run time costs a tenth of a statement's processor time.
    @exclusivity(unchecked) private var jobs: [QueuedJob] = []
    @exclusivity(unchecked) private var running: [QueuedJob] = []
    @exclusivity(unchecked) private var work: [@Sendable () -> Void] = []
    @exclusivity(unchecked) private var watchers: [(any Watcher)?] = []
    @exclusivity(unchecked) private var freeSlots: [Int] = []
    @exclusivity(unchecked) private var timers = TimerQueue()
    /// The executor whose job is running.
    @exclusivity(unchecked) private(set) var isolation: EventExecutor?
    let poller = Poller()

    /// Rounds of runnable tasks between two polls: tasks that never wait for the network must not starve it.
    private static let roundsBetweenPolls = 32

    public init(name: String = "pq-event") {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "no descriptor left for an event thread's wake-up pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (wakeRead, wakeWrite) = (ends[0], ends[1])
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

    public func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), of: nil) }

    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    func enqueue(_ job: UnownedJob, of executor: EventExecutor?) {
        let job = QueuedJob(job: job, executor: executor)
        if isCurrent {
            jobs.append(job)
            return
        }
        inbox.withLock { $0.jobs.append(job) }
        wake()
    }

    var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// Runs `body` on the thread soon. If the caller is on the thread itself, `body` runs after it returns.
    func execute(_ body: @escaping @Sendable () -> Void) {
        inbox.withLock { $0.work.append(body) }
        if !isCurrent { wake() }
    }

    private func wake() {
        // The flag is stored before the thread looks into its inbox for the last time, so no wake-up is lost.
        guard sleeping.load(ordering: .sequentiallyConsistent) else { return }
        var byte: UInt8 = 1
        _ = write(wakeWrite, &byte, 1)
    }

    // MARK: On the thread

    /// Returns the slot by which the poller knows the watcher; nil if the system allows no more.
    func add(_ watcher: any Watcher, descriptor: Int32) -> Int? {
        assert(isCurrent)
        let slot = freeSlots.popLast() ?? watchers.count
        if slot == watchers.count { watchers.append(watcher) } else { watchers[slot] = watcher }
        guard poller.add(descriptor, slot: slot) else {
            free(slot: slot)
            return nil
        }
        return slot
    }

    /// To be called after the poller has removed the descriptor.
    func free(slot: Int) {
        assert(isCurrent)
        watchers[slot] = nil
        freeSlots.append(slot)
    }

    /// Runs `body` on the thread after `delay`, unless the timer is cancelled before. To be called on the thread.
    @discardableResult
    func schedule(after delay: Duration, _ body: @escaping () -> Void) -> EventTimer {
        timers.add(at: .now + delay, body)
    }

    private func loop() {
        precondition(add(WakePipe(descriptor: wakeRead), descriptor: wakeRead) != nil, "an event thread cannot watch its wake-up pipe")
        let ready = UnsafeMutablePointer<Poller.Event>.allocate(capacity: Poller.mostAtOnce)
        while true {
            runJobs()
            while let timer = timers.popDue() { timer.fire() }
            sleeping.store(true, ordering: .sequentiallyConsistent)
            let busy = !jobs.isEmpty || inbox.withLock { !$0.isEmpty }
            let count = poller.wait(busy ? 0 : timers.millisecondsToNext(), into: ready)
            sleeping.store(false, ordering: .sequentiallyConsistent)
            serve(UnsafeMutableBufferPointer(start: ready, count: count))
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

    /// Runs one round of the jobs that were queued on the thread itself.
    private func runOwnJobs() {
        swap(&jobs, &running)
        for next in running {
            if let executor = next.executor {
                executor.enter()
                isolation = executor
                next.job.runSynchronously(isolatedTo: executor.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
                isolation = nil
                executor.leave()
            } else {
                next.job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        running.removeAll(keepingCapacity: true)
    }

    /// A task that is resumed runs before the next descriptor is served: its next statement reaches its server while the other servers
    /// still work, so that they are not all woken at once.
    private func serve(_ ready: UnsafeMutableBufferPointer<Poller.Event>) {
        for event in ready {
            watchers[event.slot]?.ready(event.readiness)
            if !jobs.isEmpty { runOwnJobs() }
        }
    }
}

/// The reading end of the pipe that ends a poll early.
private final class WakePipe: Watcher {
    private let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }

    func ready(_ readiness: Readiness) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            _ = read(descriptor, buffer.baseAddress!, 64)
        }
    }
}
