// Orders of the sessions' steps, as PostgreSQL's isolationtester has them.

extension Scenario {
    /// One order of steps.
    public struct Permutation: Sendable, Equatable {
        public var steps: [Turn]
    }

    /// A step in a permutation, and what keeps it from being reported as completed.
    public struct Turn: Sendable, Equatable {
        public var step: StepPlace
        public var blockers: [Blocker] = []
    }

    public enum Blocker: Sendable, Equatable {
        /// `(*)`: reported as waiting first, whether or not it waits.
        case once
        /// `(other)`: not before that step has completed.
        case step(StepPlace)
        /// `(other notices 2)`: not before that session has sent this many more notices.
        case notices(StepPlace, Int)
    }

    /// The orders that the file names; without any, all orders that keep each session's own order.
    public var orders: AnySequence<Permutation> {
        if !permutations.isEmpty { return AnySequence(permutations) }
        return AnySequence(Interleavings(counts: sessions.map(\.steps.count)).lazy.map { Permutation(steps: $0.map { Turn(step: $0) }) })
    }

    /// Steps that no permutation of the file uses, by name.
    public var unusedSteps: [String] {
        guard !permutations.isEmpty else { return [] }
        let used = Set(permutations.flatMap { $0.steps.map(\.step) })
        return sessions.indices.flatMap { session in
            sessions[session].steps.indices.filter { !used.contains(StepPlace(session: session, index: $0)) }
                .map { sessions[session].steps[$0].name }
        }.sorted()
    }
}
