import Synchronization

/// How far an exploration has come, for a progress line.
public final class ExplorationProgress: Sendable {
    private let done = Atomic<Int>(0)
    private let doing = Mutex(Activity.preparing)

    enum Activity {
        case preparing, shrinking, faults
        case schedules(ScheduleSearch.Phase)
    }

    public init() {}
    public var schedules: Int { done.load(ordering: .relaxed) }
    /// What is being run, in words.
    public var phase: String {
        switch doing.withLock({ $0 }) {
        case .preparing: "preparing"
        case .shrinking: "making it smaller"
        case .faults: "faults"
        case .schedules(.bound(0)): "serial orders"
        case .schedules(.bound(let bound)): "\(bound) preemption\(bound == 1 ? "" : "s")"
        case .schedules(.priorities), .schedules(.random): "random schedules"
        }
    }

    func count() { done.add(1, ordering: .relaxed) }
    func begin(_ activity: Activity) { doing.withLock { $0 = activity } }
}
