/// Correct histories from a seed, of any length: to measure checkers with, and for tests to break.
///
/// Clients overlap: each transaction takes effect at one moment between its start and its end, and the moments are in one order. It reads
/// one to three keys, or reads and writes one or two. Half of them write.
package struct SyntheticHistory: Sendable {
    package var operations: Int
    package var keys = 1000
    package var clients = 32
    package var seed: UInt64 = 1

    package init(operations: Int, keys: Int = 1000, clients: Int = 32, seed: UInt64 = 1) {
        self.operations = operations
        self.keys = keys
        self.clients = clients
        self.seed = seed
    }

    struct Step {
        var start, effect, end: UInt64
        var client: Int
        var accesses: [(key: Int, read: Int64, write: Int64?)] = []
    }

    package func make() -> TransactionHistory {
        var history = TransactionHistory()
        history.reserve(transactions: operations, accesses: operations * 2)
        let names = (1...keys).map { [UInt8]("account \($0)".utf8) }
        var sequences = [Int](repeating: 0, count: clients)
        forEachStep { step in
            history.begin(start: step.start, end: step.end, client: step.client, sequence: sequences[step.client], outcome: .ok)
            sequences[step.client] += 1
            for access in step.accesses { history.access(names[access.key], read: access.read, write: access.write) }
        }
        return history
    }

    /// In order of start. Each client's next transaction is made up as soon as its last one is over; the one that takes effect first sees
    /// and moves the versions first. What began is handed out when nothing that began earlier is still to take effect.
    private func forEachStep(_ body: (Step) -> Void) {
        var random = SplitMix64(seed: seed)
        var versions = [Int64](repeating: 0, count: keys)
        func step(of client: Int, after time: UInt64) -> Step {
            let start = time + .random(in: 1...2000, using: &random)
            let effect = start + .random(in: 1...5000, using: &random)
            return Step(start: start, effect: effect, end: effect + .random(in: 1...5000, using: &random), client: client)
        }
        var running = (0..<clients).map { step(of: $0, after: 0) }
        var done: [Step] = []
        // The first to take effect: a transaction that read from one of them is no earlier.
        for number in 1...operations {
            let client = running.indices.min { running[$0].effect < running[$1].effect }!
            access(&running[client], &versions, &random)
            done.append(running[client])
            running[client] = step(of: client, after: running[client].end)
            guard done.count >= clients * 8 || number == operations else { continue }
            let horizon = number == operations ? .max : running.lazy.map(\.start).min()!
            done.sort { ($0.start, $0.client) < ($1.start, $1.client) }
            let complete = done.prefix { $0.start < horizon }
            for step in complete { body(step) }
            done.removeFirst(complete.count)
        }
    }

    private func access(_ step: inout Step, _ versions: inout [Int64], _ random: inout SplitMix64) {
        let writes = Bool.random(using: &random)
        for _ in 0..<Int.random(in: 1...(writes ? 2 : 3), using: &random) {
            let key = Int.random(in: 0..<keys, using: &random)
            guard !step.accesses.contains(where: { $0.key == key }) else { continue }
            step.accesses.append((key, versions[key], writes ? versions[key] + 1 : nil))
            if writes { versions[key] += 1 }
        }
    }
}
