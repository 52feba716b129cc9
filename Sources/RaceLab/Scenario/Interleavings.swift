// Sessions whose steps are interleaved one by one, as PostgreSQL's isolationtester has them.

extension Scenario {
    /// A connection and the steps it takes, one after the other.
    public struct Session: Sendable, Equatable {
        public var name: String
        public var setup: String?
        public var steps: [Step] = []
        public var teardown: String?
        /// The session of the file that this one is a copy of, by `times`.
        public var template: String?
    }

    public struct Step: Sendable, Equatable {
        public var name: String
        /// As it stands in the file: printed as it is.
        public var sql: String
    }

    /// A step by its place in the file.
    public struct StepPlace: Sendable, Hashable, Comparable {
        public var session: Int
        public var index: Int

        public static func < (one: StepPlace, other: StepPlace) -> Bool { (one.session, one.index) < (other.session, other.index) }
    }

    /// One order of steps.
    public struct Permutation: Sendable, Equatable {
        public var steps: [Turn]
    }

    /// A step in a permutation, and what keeps it from being reported as done.
    public struct Turn: Sendable, Equatable {
        public var step: StepPlace
        public var blockers: [Blocker] = []
    }

    public enum Blocker: Sendable, Equatable {
        /// `(*)`: reported as waiting first, whether it waits or not.
        case once
        /// `(other)`: not before that step is done.
        case step(StepPlace)
        /// `(other notices 2)`: not before that session has sent so many more notices.
        case notices(StepPlace, Int)
    }

    public func step(_ place: StepPlace) -> Step { sessions[place.session].steps[place.index] }

    /// The orders that the file names, or else all that keep each session's own order.
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

/// All ways of merging sequences of so many elements, earlier sessions first, made one at a time.
struct Interleavings: Sequence {
    let counts: [Int]

    func makeIterator() -> AnyIterator<[Scenario.StepPlace]> {
        var sessions: [Int]? = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        return AnyIterator {
            guard let now = sessions else { return nil }
            sessions = Self.next(after: now)
            var taken = [Int](repeating: 0, count: counts.count)
            return now.map { session in
                defer { taken[session] += 1 }
                return Scenario.StepPlace(session: session, index: taken[session])
            }
        }
    }

    /// The next permutation of a multiset in the order of a dictionary (Narayana Pandita, 14th century).
    private static func next(after now: [Int]) -> [Int]? {
        var next = now
        guard let rise = next.indices.dropLast().last(where: { next[$0] < next[$0 + 1] }) else { return nil }
        let larger = next.indices.last { next[$0] > next[rise] }!
        next.swapAt(rise, larger)
        next[(rise + 1)...].reverse()
        return next
    }
}
