/// What an exploration has covered, and what it found.
public struct ExplorationReport: Sendable {
    public var scenario: String
    public var mutant: String?
    /// The isolation level it was explored at, if the scenario names any.
    public var isolation: String?
    public var seed: UInt64
    public var seconds = 0.0
    public var schedules = 0
    /// By preemptions, as far as these were counted out one by one.
    public var byBound: [Int] = []
    /// By priorities, and at random.
    public var sampled = 0
    /// All schedules with at most so many preemptions were run; nil when not even the serial orders were.
    public var finishedBound: Int?
    /// There is no other schedule.
    public var isExhaustive = false
    /// Schedules that could not be decided; never counted as passed.
    public var inconclusive = 0
    /// How many faults of each kind were injected.
    public var injected: [InjectedFault: Int] = [:]
    /// Every fault was injected at every boundary of the serial orders and of the schedules with one preemption.
    public var isEveryBoundaryFaulted = false
    /// Where sessions can be stopped.
    public var gates = Gates.steps
    public var finding: RaceFinding?
    public var interrupted = false

    public var held: Bool { finding == nil && inconclusive == 0 && schedules > 0 }
}
