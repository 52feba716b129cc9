import Synchronization

/// A lease that is held by the current task or by a task that it descends from.
final class TaskLocalLease: Sendable {
    @TaskLocal static var current: TaskLocalLease?

    let site: PostgresCallSite
    private let pool: ObjectIdentifier
    private let outer: TaskLocalLease?
    /// The task that holds it: its children inherit the task-local value, but not the lease.
    private let task: Int
    /// A task that outlives the lease must not be mistaken for its holder: a later task may have the holder's address.
    private let isOver = Atomic<Bool>(false)

    init(of pool: PostgresPool, at site: PostgresCallSite) {
        self.site = site
        self.pool = ObjectIdentifier(pool)
        outer = Self.current
        task = Self.currentTask
    }

    func end() { isOver.store(true, ordering: .releasing) }

    private static var currentTask: Int { withUnsafeCurrentTask { $0?.hashValue ?? 0 } }

    /// The innermost lease of `pool`, and whether the current task itself holds it.
    static func inherited(of pool: PostgresPool) -> (lease: TaskLocalLease, isOwn: Bool)? {
        var next = current
        while let lease = next {
            if lease.pool == ObjectIdentifier(pool), !lease.isOver.load(ordering: .acquiring) { return (lease, lease.task == currentTask) }
            next = lease.outer
        }
        return nil
    }
}
