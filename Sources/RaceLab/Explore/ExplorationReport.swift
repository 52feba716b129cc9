/// What an exploration has covered, and what it found.
public struct ExplorationReport: Sendable {
    public var scenario: String
    public var mutant: String?
    /// The isolation level at which the scenario was explored, if it names any.
    public var isolation: String?
    public var seed: UInt64
    public var seconds = 0.0
    public var schedules = 0
    /// The number of schedules by preemptions, as far as schedules were enumerated.
    public var byBound: [Int] = []
    /// The number of schedules that were chosen by priorities or at random.
    public var sampled = 0
    /// The highest number of preemptions up to which every schedule was run; nil when not even the serial orders were.
    public var finishedBound: Int?
    /// Every schedule was run.
    public var isExhaustive = false
    /// The number of schedules that could not be decided; they never count as passed.
    public var inconclusive = 0
    /// How many faults of each kind were injected.
    public var injected: [InjectedFault: Int] = [:]
    /// Every fault was injected at every boundary of the serial orders and of the schedules with one preemption.
    public var isEveryBoundaryFaulted = false
    /// Where sessions can be stopped.
    public var gates = Gates.steps
    public var exercise = Exercise()
    /// Functions in languages whose statements have no stop, as `name (language)`.
    public var opaque: [String] = []
    public var finding: RaceFinding?
    public var interrupted = false

    /// Every promise was tested and kept, as far as the schedules go that were run.
    public var held: Bool { finding == nil && !interrupted && undecided == nil }

    /// Why there is no verdict although no promise was broken and nothing was interrupted, in words; nil if there is one.
    public var undecided: String? {
        if schedules == 0 { return "the time was too short for a single schedule" }
        if inconclusive > 0 { return "\(inconclusive) of \(schedules) schedules had no verdict" }
        return exercise.emptiness
    }
}
