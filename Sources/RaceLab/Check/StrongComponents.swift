/// Strongly connected components of a serialization graph or of a part of it, without recursion: a path may be as long as the history.
///
/// Source: Robert Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1(2), 1972.
struct StrongComponents {
    /// Those of more than one transaction: each has a cycle.
    private(set) var cyclic: [[UInt32]] = []
    /// The transactions of a part, each after what follows it if nothing is cyclic. Not kept for the whole graph.
    private(set) var finished: [UInt32] = []

    private let graph: SerializationGraph
    /// 0 for what was not seen, `done` for what is in a component already.
    private var number: [UInt32]
    private var low: [UInt32]
    private var frames: [SerializationGraph.Cursor] = []
    private var path: [UInt32] = []
    private var counter: UInt32 = 0
    private static let done = UInt32.max

    init(_ graph: SerializationGraph) {
        self.graph = graph
        number = [UInt32](repeating: 0, count: graph.count)
        low = number
    }

    /// Over the whole graph, by edges of the kinds.
    mutating func find(_ kinds: SerializationGraph.Kinds) {
        start()
        for root in 0..<UInt32(graph.count) where number[Int(root)] == 0 { visit(root, kinds, keepsOrder: false) { _ in true } }
    }

    /// Over some transactions only, which are those with the label, and the edges between them.
    mutating func find(_ kinds: SerializationGraph.Kinds, among nodes: [UInt32], labels: [UInt32], _ label: UInt32) {
        start()
        for node in nodes { number[Int(node)] = 0 }
        for root in nodes where number[Int(root)] == 0 {
            visit(root, kinds, keepsOrder: true) { labels[Int($0)] == label }
        }
    }

    private mutating func start() {
        cyclic = []
        finished = []
        counter = 0
    }

    private mutating func visit(
        _ root: UInt32, _ kinds: SerializationGraph.Kinds, keepsOrder: Bool, _ isMember: (UInt32) -> Bool
    ) {
        open(root)
        while !frames.isEmpty {
            let node = Int(frames[frames.count - 1].source)
            if let edge = graph.next(&frames[frames.count - 1], kinds) {
                let target = Int(edge.target)
                if number[target] == 0 {
                    if isMember(edge.target) { open(edge.target) }
                } else if number[target] != Self.done, number[target] < low[node], isMember(edge.target) {
                    low[node] = number[target]
                }
                continue
            }
            frames.removeLast()
            if low[node] == number[node] { close(UInt32(node), keepsOrder) }
            if let parent = frames.last.map({ Int($0.source) }), low[node] < low[parent] { low[parent] = low[node] }
        }
    }

    private mutating func open(_ node: UInt32) {
        counter += 1
        number[Int(node)] = counter
        low[Int(node)] = counter
        path.append(node)
        frames.append(graph.cursor(node))
    }

    private mutating func close(_ node: UInt32, _ keepsOrder: Bool) {
        var first = path.count - 1
        while path[first] != node { first -= 1 }
        for member in path[first...] { number[Int(member)] = Self.done }
        if path.count - first > 1 { cyclic.append(Array(path[first...])) }
        if keepsOrder { finished.append(contentsOf: path[first...]) }
        path.removeLast(path.count - first)
    }
}
