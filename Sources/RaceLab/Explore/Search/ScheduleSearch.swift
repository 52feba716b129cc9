// Which schedules to run, without a server: a pure value that is told what happened and says what to try next.

/// Serial orders first, then all schedules with one preemption, with two, …; when there are too many, then PCT and random ones in turn.
///
/// Bounding preemptions finds most bugs early (Musuvathi and Qadeer, PLDI 2007). Every schedule within a bound is run exactly once:
/// one that was run says where it could have gone another way, and each of these ways is another schedule.
struct ScheduleSearch {
    enum Phase: Equatable, Sendable {
        case bound(Int)
        case priorities
        case random
    }

    /// What to run next, or why not.
    enum Next: Equatable {
        case run(SchedulePlan, Phase)
        /// Others that are under way come first.
        case wait
        /// There is no other schedule.
        case done
    }

    private let maxBound: Int
    private let depth: Int
    /// So many are run even when there is no other one left: random ones, again.
    private let atLeast: Int
    private var seed: SplitMix64
    /// By preemptions, the first choices of schedules to run.
    private var pending: [[[Int]]] = [[[]]]
    private var bound = 0
    private var underWay = 0
    /// Of the schedules beyond the last bound so many are remembered: when there are no more, they are run too, and that was all.
    private var room: Int
    private var isTruncated = false
    /// After the last bound; one in two is by priorities.
    private var randomRuns = 0
    private(set) var runs = 0
    /// Sessions that do the same: of those that have not begun, only the first may begin.
    private let twins: [Int]

    /// - Parameter twins: for each session, a number that sessions with the same steps share.
    init(twins: [Int], maxBound: Int = 2, depth: Int = 3, seed: UInt64, room: Int = 20_000, atLeast: Int = 0) {
        self.atLeast = atLeast
        self.maxBound = maxBound
        self.depth = depth
        self.twins = twins
        self.seed = SplitMix64(seed: seed, client: 0)
        self.room = room
    }

    /// All schedules with at most so many preemptions have been run.
    var finishedBound: Int? { bound > 0 ? min(bound, pending.count) - 1 : nil }
    /// Every schedule has been run.
    var isExhausted: Bool { underWay == 0 && !isTruncated && pending.allSatisfy(\.isEmpty) }

    mutating func next() -> Next {
        while bound < pending.count, bound <= maxBound || !isTruncated {
            if let prefix = pending[bound].popLast() {
                underWay += 1
                runs += 1
                return .run(.follow(prefix), .bound(bound))
            }
            // What is under way may lead to more, and the serial orders are what others are compared with.
            if underWay > 0 { return .wait }
            bound += 1
        }
        guard isTruncated || runs < atLeast else { return underWay > 0 ? .wait : .done }
        runs += 1
        randomRuns += 1
        let number = seed.next()
        return randomRuns % 2 == 1
            ? .run(.priorities(seed: number, depth: depth), .priorities) : .run(.random(seed: number), .random)
    }

    /// A run has ended; where it could have gone another way is to be tried.
    mutating func finished(_ plan: SchedulePlan, _ decisions: [Decision]) {
        guard case .follow(let prefix) = plan else { return }
        underWay -= 1
        var preemptions = 0
        var begun: Set<Int> = []
        // Serial orders are run whichever twin comes first, since others are compared with their results; nothing more comes of them.
        var isMirrored = false
        for (index, decision) in decisions.enumerated() {
            if index >= prefix.count {
                for other in decision.enabled where other != decision.chosen {
                    let total = preemptions + (decision.isPreemption(other) ? 1 : 0)
                    if total > 0, isMirrored || isLaterTwin(other, decision.enabled, begun) {
                        continue
                    } else if total > maxBound, room == 0 {
                        isTruncated = true
                    } else {
                        if total > maxBound { room -= 1 }
                        while pending.count <= total { pending.append([]) }
                        pending[total].append(decisions[..<index].map(\.chosen) + [other])
                    }
                }
            }
            if decision.isPreemption(decision.chosen) { preemptions += 1 }
            if isLaterTwin(decision.chosen, decision.enabled, begun) { isMirrored = true }
            begun.insert(decision.chosen)
        }
    }

    private func isLaterTwin(_ session: Int, _ enabled: [Int], _ begun: Set<Int>) -> Bool {
        !begun.contains(session)
            && enabled.contains { $0 < session && twins[$0] == twins[session] && !begun.contains($0) }
    }
}
