/// All ways to merge sequences of these lengths, earlier sessions first, made one at a time.
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

    /// The next permutation of a multiset in lexicographic order (Narayana Pandita, 14th century).
    private static func next(after now: [Int]) -> [Int]? {
        var next = now
        guard let rise = next.indices.dropLast().last(where: { next[$0] < next[$0 + 1] }) else { return nil }
        let larger = next.indices.last { next[$0] > next[rise] }!
        next.swapAt(rise, larger)
        next[(rise + 1)...].reverse()
        return next
    }
}
