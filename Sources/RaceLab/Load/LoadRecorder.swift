import Synchronization

/// What the clients of a load measured, as totals and by the second of the intended start. Keeps eight bytes for each operation.
final class LoadRecorder: Sendable {
    private struct Sample {
        var microseconds: UInt32
        var operation: UInt16
        var failed: Bool
    }
    private struct Second {
        var samples: [Sample] = []
        var dropped = 0
    }
    private struct State {
        var total = LoadFigures()
        var operations: [LoadFigures]
        var seconds: [Second] = []
        var lateness = LoadFigures()
        var lastAnswer: UInt64 = 0
    }

    private let state: Mutex<State>

    init(operations: Int) { state = Mutex(State(operations: Array(repeating: LoadFigures(), count: operations))) }

    /// An operation that was meant to start at `arrival`; all times are nanoseconds since the load began.
    ///
    /// - Parameter wasFree: a client waited for the arrival, so that what it started late is the client's own doing.
    func answered(_ operation: Int, arrival: UInt64, started: UInt64, ended: UInt64, failed: Bool, wasFree: Bool) {
        let microseconds = (ended - min(arrival, ended)) / 1000
        state.withLock { state in
            state.total.record(microseconds: microseconds)
            state.operations[operation].record(microseconds: microseconds)
            if failed {
                state.total.errors += 1
                state.operations[operation].errors += 1
            }
            if wasFree { state.lateness.record(microseconds: (started - min(arrival, started)) / 1000) }
            state.lastAnswer = max(state.lastAnswer, ended)
            let sample = Sample(microseconds: UInt32(clamping: microseconds), operation: UInt16(operation), failed: failed)
            Self.withSecond(of: arrival, in: &state) { $0.samples.append(sample) }
        }
    }

    func dropped(_ arrivals: [UInt64]) {
        guard !arrivals.isEmpty else { return }
        state.withLock { state in
            state.total.dropped += arrivals.count
            for arrival in arrivals { Self.withSecond(of: arrival, in: &state) { $0.dropped += 1 } }
        }
    }

    private static func withSecond(of arrival: UInt64, in state: inout State, _ body: (inout Second) -> Void) {
        let second = Int(arrival / 1_000_000_000)
        while state.seconds.count <= second { state.seconds.append(Second()) }
        body(&state.seconds[second])
    }

    /// Of everything, or of one operation. Arrivals that were dropped belong to no operation: it is chosen when one starts.
    func total(of operation: Int? = nil, seconds: Double) -> LoadFigures {
        state.withLock { state in
            var figures = operation.map { state.operations[$0] } ?? state.total
            figures.seconds = seconds
            return figures
        }
    }

    /// Of what was meant to start in these seconds.
    func figures(in seconds: Range<Int>, of operation: Int? = nil) -> LoadFigures {
        // Worked out after the lock is given back: clients must not wait for that.
        let parts = state.withLock { state in Array(state.seconds[seconds.clamped(to: 0..<state.seconds.count)]) }
        var figures = LoadFigures()
        figures.seconds = Double(seconds.count)
        for second in parts {
            if operation == nil { figures.dropped += second.dropped }
            for sample in second.samples where operation == nil || Int(sample.operation) == operation {
                figures.record(microseconds: UInt64(sample.microseconds))
                if sample.failed { figures.errors += 1 }
            }
        }
        return figures
    }

    /// How much later operations started than they should have, although a client was free.
    var lateness: LoadFigures { state.withLock { $0.lateness } }
    /// When the last answer came, in seconds since the load began.
    var lastAnswer: Double { state.withLock { Double($0.lastAnswer) / 1e9 } }
    /// Seconds since the beginning that anything was meant to start in.
    var seconds: Int { state.withLock { $0.seconds.count } }
}
