/// Decides which schedule to run next: serial orders first, then all schedules with one preemption, with two, …; when there are too many,
/// then PCT and random ones in turn.
///
/// A pure value without a server: it is told what happened and says what to try next. Bounding preemptions finds most bugs early (Musuvathi
/// and Qadeer, PLDI 2007). Every schedule within a bound is run exactly once: a run tells where it could have gone another way, and each of
/// these ways is another schedule.
struct ScheduleSearch {
    /// How one run chooses among the sessions that can go on.
    enum Plan: Sendable, Equatable {
        /// These sessions at the first decisions, then the same session for as long as it can go on.
        case follow([Int])
        /// PCT: random priorities that change at a few random moments (Burckhardt et al., ASPLOS 2010).
        case priorities(seed: UInt64, depth: Int)
        case random(seed: UInt64)
    }

    /// A moment at which more than one session could go on.
    struct Decision: Sendable, Equatable {
        /// The sessions that could go on, in order.
        var enabled: [Int]
        /// The one that did.
        var chosen: Int
        /// The session that went on before this, if it can go on and is in the middle of something: choosing another one preempts it.
        var previous: Int?

        func isPreemption(_ session: Int) -> Bool { previous != nil && session != previous }
    }

    enum Phase: Equatable, Sendable {
        case bound(Int)
        case priorities
        case random
    }

    /// What to run next, or why there is nothing to run.
    enum Next: Equatable {
        case run(Plan, Phase)
        /// Schedules that are under way have to end first.
        case wait
        /// There is no other schedule.
        case done
    }

    private let maxBound: Int
    private let depth: Int
    /// The least number of runs: when no schedule is left, random ones make up the rest.
    private let atLeast: Int
    private var seed: SplitMix64
    /// The first choices of the schedules to run, by number of preemptions.
    private var pending: [[[Int]]] = [[[]]]
    private var bound = 0
    private var underWay = 0
    /// How many more schedules beyond the last bound can be remembered. If all of them fit, they are run too, and the search is exhaustive.
    private var room: Int
    private var isTruncated = false
    /// Runs after the last bound; every other one is by priorities.
    private var randomRuns = 0
    private(set) var runs = 0
    /// Sessions with the same number do the same: of those that have not begun, only the first may begin.
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

    /// For each session, a number that it shares with sessions that do the same: copies of one, unless a step says `:session`.
    static func twins(of scenario: Scenario) -> [Int] {
        scenario.sessions.indices.map { number in
            let session = scenario.sessions[number]
            return scenario.sessions.firstIndex {
                $0.setup == session.setup && $0.teardown == session.teardown && $0.steps.map(\.sql) == session.steps.map(\.sql)
            } ?? number
        }
    }

    /// The highest number of preemptions up to which every schedule has been run; nil before all serial orders have.
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
            // A schedule under way may lead to more, and all others are compared with the serial orders.
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

    /// Notes that a run has ended, and plans the schedules in which it could have gone another way.
    mutating func finished(_ plan: Plan, _ decisions: [Decision]) {
        guard case .follow(let prefix) = plan else { return }
        underWay -= 1
        var preemptions = 0
        var begun: Set<Int> = []
        // Serial orders are run whichever twin comes first, because others are compared with their results; nothing is derived from them.
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

// MARK: How one run chooses

extension ScheduleSearch {
    /// Makes the choices of one run.
    struct Chooser {
        private let plan: Plan
        private var index = 0
        private var generator: SplitMix64
        private var priorities: [Int]
        private var changes: Set<Int> = []
        private var lowest = -1

        /// - Parameter length: about how many decisions a run has: the moments at which priorities change are spread over them.
        init(_ plan: Plan, sessions: Int, length: Int) {
            self.plan = plan
            priorities = Array(0..<sessions)
            switch plan {
            case .follow: generator = SplitMix64(seed: 0, client: 0)
            case .random(let seed): generator = SplitMix64(seed: seed, client: 0)
            case .priorities(let seed, let depth):
                generator = SplitMix64(seed: seed, client: 0)
                priorities.shuffle(using: &generator)
                changes = Set((1..<max(depth, 2)).map { _ in Int.random(in: 0..<max(length, 1), using: &generator) })
            }
        }

        mutating func choose(_ enabled: [Int], previous: Int?) -> Int {
            defer { index += 1 }
            switch plan {
            case .follow(let prefix):
                if index < prefix.count, enabled.contains(prefix[index]) { return prefix[index] }
                if let previous, enabled.contains(previous) { return previous }
                return enabled[0]
            case .random: return enabled.randomElement(using: &generator)!
            case .priorities:
                var best = enabled.max { priorities[$0] < priorities[$1] }!
                if changes.contains(index) {
                    priorities[best] = lowest
                    lowest -= 1
                    best = enabled.max { priorities[$0] < priorities[$1] }!
                }
                return best
            }
        }
    }
}
