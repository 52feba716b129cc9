/// Finds Adya's anomalies: what the isolation level forbids, as cycles of the serialization graph or as reads of what was never committed.
///
/// G0: transactions that follow each other by writes. G1a: an aborted transaction's write was read. G1b: a version was read that its
/// transaction wrote over. G1c: a cycle of writes and reads from writes. G-single: a cycle with one anti-dependency (rw). G2-item: with
/// several. Of each strongly connected component one cycle of each kind is reported, so that the count is of places, not of cycles.
struct AdyaChecker {
    private let graph: SerializationGraph
    private let level: IsolationLevel
    /// How many edges may be followed to decide whether there is a G-single, for one component.
    private let limit: Int
    private var findings = CheckFindings()
    /// Transactions at each end of a cycle that is too long to be read.
    private static let shown = 8

    init(_ history: TransactionHistory, _ order: VersionOrder, level: IsolationLevel, limit: Int = 200_000_000) {
        self.limit = limit
        graph = SerializationGraph(history, order)
        self.level = level
    }

    consuming func check() -> CheckFindings {
        if level >= .readCommitted {
            findAbortedReads()
            findIntermediateReads()
        }
        var components = StrongComponents(graph)
        components.find(level == .readUncommitted ? .ww : level == .readCommitted ? [.ww, .wr] : .all)
        // The earliest first.
        let parts = components.cyclic.map { (first: $0.min()!, nodes: $0) }.sorted { $0.first < $1.first }
        guard !parts.isEmpty else { return findings }
        var search = CycleSearch(graph, components, limit: limit)
        for part in parts {
            for cycle in search.cycles(in: part.nodes, level: level) { report(cycle, part.nodes) }
        }
        return findings
    }

    private mutating func findAbortedReads() {
        let history = graph.history
        for pair in graph.order.abortedReads {
            let (read, write) = (history.accesses[pair.read], history.accesses[pair.write])
            report("G1a", write, read, "which was aborted")
        }
    }

    /// Each key's reads stand behind the write they read from.
    private mutating func findIntermediateReads() {
        let (history, order) = (graph.history, graph.order)
        guard history.transactions.contains(where: \.rewrites) else { return }
        for range in order.keyRanges {
            var write: TransactionHistory.Access?
            for event in order.events[range] {
                let access = history.accesses[event.access]
                guard event.isRead else {
                    write = history.transactions[Int(access.transaction)].rewrites ? access : nil
                    continue
                }
                guard let write, write.write == event.version, write.transaction != access.transaction else { continue }
                let later = history.accesses[history.accessRange(Int(write.transaction))]
                    .first { $0.key == write.key && $0.writes && $0.write > write.write }
                if let later { report("G1b", write, access, "which wrote v\(later.write) over it") }
            }
        }
    }

    private mutating func report(
        _ name: String, _ write: TransactionHistory.Access, _ read: TransactionHistory.Access, _ why: String
    ) {
        let history = graph.history
        findings.add(
            CheckFinding(
                name: name, transactions: [Int(write.transaction) + 1, Int(read.transaction) + 1],
                text: "\(name): \(history.name(Int(read.transaction))) read \(history.keys[Int(read.key)]): v\(read.read) of "
                    + "\(history.name(Int(write.transaction))), \(why)"))
    }

    private mutating func report(_ cycle: [SerializationGraph.Edge]?, _ part: [UInt32]) {
        guard let cycle else {
            let first = part.min().map { Int($0) } ?? 0
            findings.add(
                CheckFinding(
                    name: "no verdict", transactions: [first + 1],
                    text: "no verdict: among \(part.count) transactions from \(graph.history.name(first)) on, whether one of their cycles "
                        + "has a single rw; check a shorter history"))
            return
        }
        // From the first transaction on, so that one cycle has one text.
        let first = cycle.indices.min { cycle[$0].source < cycle[$1].source } ?? 0
        let turned = Array(cycle[first...] + cycle[..<first])
        let name = Self.name(of: cycle)
        var steps = turned.map { "\(graph.history.name(Int($0.source))) \(graph.text($0))" }
        let long = steps.count - 2 * Self.shown
        if long > 1 { steps.replaceSubrange(Self.shown..<Self.shown + long, with: ["… \(long) more …"]) }
        findings.add(
            CheckFinding(
                name: name, transactions: turned.map { Int($0.source) + 1 },
                text: "\(name): \(steps.joined(separator: " ")) \(graph.history.name(Int(turned[0].source)))"))
    }

    private static func name(of cycle: [SerializationGraph.Edge]) -> String {
        switch cycle.count(where: { $0.kind == .rw }) {
        case 0: cycle.contains { $0.kind == .wr } ? "G1c" : "G0"
        case 1: "G-single"
        default: "G2-item"
        }
    }
}
