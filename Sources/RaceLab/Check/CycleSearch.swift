/// Names the cycles within one strongly connected component: the shortest of each kind that an isolation level forbids.
///
/// Whether there is a G0 or a G1c is decided; so is G-single where there is neither, within ``limit`` steps, and when those are used up,
/// it says so. The shortest one of a large component is the shortest of those tried.
struct CycleSearch {
    typealias Edge = SerializationGraph.Edge
    typealias Kinds = SerializationGraph.Kinds

    private let graph: SerializationGraph
    private var components: StrongComponents
    /// Transactions of one label are looked at together.
    private var labels: [UInt32]
    private var lastLabel: UInt32 = 0
    private var steps = 0
    /// What deciding may take, in edges followed, and what looking for a shorter cycle may take.
    private let limit: Int
    private static let effort = 1_000_000

    init(_ graph: SerializationGraph, _ components: StrongComponents, limit: Int) {
        self.limit = limit
        self.graph = graph
        self.components = components
        labels = [UInt32](repeating: 0, count: graph.count)
    }

    /// Cycles of different kinds, each as its edges in turn; nil in the place of a G-single that could not be decided.
    mutating func cycles(in nodes: [UInt32], level: IsolationLevel) -> [[Edge]?] {
        var found: [[Edge]?] = []
        let label = mark(nodes)
        components.find(.ww, among: nodes, labels: labels, label)
        for part in components.cyclic { if let cycle = shortest(through: .ww, by: .ww, in: part) { found.append(cycle) } }
        guard level >= .readCommitted else { return found }
        restore(nodes, label)
        components.find([.ww, .wr], among: nodes, labels: labels, label)
        let finished = components.finished
        let isAcyclic = components.cyclic.isEmpty
        for part in components.cyclic { if let cycle = shortest(through: .wr, by: [.ww, .wr], in: part) { found.append(cycle) } }
        guard level >= .repeatableRead else { return found }
        restore(nodes, label)
        let single = single(in: nodes, label, finished, isAcyclic: isAcyclic)
        if single.isDecided || level == .serializable { single.cycle.map { found.append($0) } } else { found.append(nil) }
        guard level == .serializable else { return found }
        if let several = several(in: nodes, label, isLast: found.isEmpty) { found.append(several) }
        return found
    }

    // MARK: cycles of one kind

    /// The shortest cycle that has an edge of `kind`, by edges of `kinds`.
    private mutating func shortest(through kind: Kinds, by kinds: Kinds, in nodes: [UInt32]) -> [Edge]? {
        let label = mark(nodes)
        steps = 0
        var best: [Edge]?
        for edge in edges(kind, among: nodes, label) {
            if let best, best.count == 2 || steps > Self.effort { return best }
            if let cycle = cycle(closing: edge, kinds, label, below: best?.count ?? .max) { best = cycle }
        }
        return best
    }

    /// The shortest cycle with exactly one rw edge. Without ww and wr cycles the longest way to each transaction is known, and only what
    /// lies between the two ends of an rw edge by that can be on a path back.
    private mutating func single(
        in nodes: [UInt32], _ label: UInt32, _ finished: [UInt32], isAcyclic: Bool
    ) -> (cycle: [Edge]?, isDecided: Bool) {
        var depth: [UInt32: Int] = [:]
        if isAcyclic {
            for node in finished.reversed() {
                let own = depth[node, default: 0]
                depth[node] = own
                forEachEdge([.ww, .wr], of: node, label) { depth[$0.target] = max(depth[$0.target, default: 0], own + 1) }
            }
        }
        steps = 0
        var best: [Edge]?
        for edge in edges(.rw, among: nodes, label) {
            if let best, best.count == 2 || steps > Self.effort { return (best, true) }
            if steps > limit { return (nil, !isAcyclic) }
            let bound = isAcyclic ? depth[edge.source]! : .max
            guard !isAcyclic || depth[edge.target]! < bound else { continue }
            if let cycle = cycle(
                closing: edge, [.ww, .wr], label, below: best?.count ?? .max, isAllowed: { isAcyclic ? depth[$0]! < bound : true })
            {
                best = cycle
            }
        }
        return (best, true)
    }

    /// The shortest cycle found with more than one rw edge; any cycle if nothing else was found.
    private mutating func several(in nodes: [UInt32], _ label: UInt32, isLast: Bool) -> [Edge]? {
        steps = 0
        var best: [Edge]?
        for edge in edges(.rw, among: nodes, label) {
            if let best, best.count == 2 || steps > Self.effort { return best }
            if best == nil, !isLast, steps > Self.effort { return nil }
            guard let cycle = cycle(closing: edge, .all, label, below: best?.count ?? .max) else { continue }
            if isLast || cycle.count(where: { $0.kind == .rw }) > 1 { best = cycle }
        }
        return best
    }

    // MARK: the graph

    /// The edge, and the shortest way from its target back to its source; nil if there is none of fewer than `limit` edges together.
    private mutating func cycle(
        closing edge: Edge, _ kinds: Kinds, _ label: UInt32, below limit: Int, isAllowed: (UInt32) -> Bool = { _ in true }
    ) -> [Edge]? {
        var cameBy: [UInt32: Edge] = [edge.target: edge]
        var front = [edge.target]
        var length = 1
        while !front.isEmpty, length + 1 < limit {
            var next: [UInt32] = []
            for node in front {
                var cursor = graph.cursor(node)
                while let step = graph.next(&cursor, kinds) {
                    steps += 1
                    if step.target == edge.source {
                        var way = [step]
                        while way.last!.source != edge.target { way.append(cameBy[way.last!.source]!) }
                        return [edge] + way.reversed()
                    }
                    guard labels[Int(step.target)] == label, cameBy[step.target] == nil, isAllowed(step.target) else { continue }
                    cameBy[step.target] = step
                    next.append(step.target)
                }
            }
            front = next
            length += 1
        }
        return nil
    }

    private func edges(_ kinds: Kinds, among nodes: [UInt32], _ label: UInt32) -> [Edge] {
        var found: [Edge] = []
        for node in nodes { forEachEdge(kinds, of: node, label) { found.append($0) } }
        return found
    }

    private func forEachEdge(_ kinds: Kinds, of node: UInt32, _ label: UInt32, _ body: (Edge) -> Void) {
        var cursor = graph.cursor(node)
        while let edge = graph.next(&cursor, kinds) {
            if labels[Int(edge.target)] == label { body(edge) }
        }
    }

    private mutating func mark(_ nodes: [UInt32]) -> UInt32 {
        lastLabel += 1
        restore(nodes, lastLabel)
        return lastLabel
    }

    private mutating func restore(_ nodes: [UInt32], _ label: UInt32) {
        for node in nodes { labels[Int(node)] = label }
    }
}
