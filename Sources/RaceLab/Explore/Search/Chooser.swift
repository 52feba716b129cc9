/// Chooses for one run.
struct Chooser {
    private let plan: SchedulePlan
    private var index = 0
    private var generator: SplitMix64
    private var priorities: [Int]
    private var changes: Set<Int> = []
    private var lowest = -1

    /// - Parameter length: how many decisions a run has, about: the moments at which priorities change are spread over them.
    init(_ plan: SchedulePlan, sessions: Int, length: Int) {
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
