import Synchronization

/// Watches a load while it goes on: ends it when its time is over, or when a threshold can no longer hold.
final class LoadMonitor: Sendable {
    private let load: LoadRun
    private let operations: [String]
    private let thresholds: [LoadThreshold]
    private let abort: Bool
    /// The steps of a stress: the seconds each takes, and how many arrivals it has.
    private let plan: [(stage: LoadProfile.Stage, seconds: Range<Int>, arrivals: Int)]
    private let count: Int
    private let judged = Mutex<[LoadReport.Step]>([])

    init(_ load: LoadRun, operations: [String], arrivals: LoadArrivals, thresholds: [LoadThreshold], abort: Bool) {
        (self.load, self.operations, self.thresholds, self.abort) = (load, operations, thresholds, abort)
        var perSecond: [Int: Int] = [:]
        for arrival in arrivals { perSecond[Int(arrival / 1_000_000_000), default: 0] += 1 }
        count = perSecond.values.reduce(0, +)
        var begin = 0
        plan = load.profile.stages.map { stage in
            let seconds = begin..<begin + Int(stage.seconds.rounded())
            begin = seconds.upperBound
            return (stage, seconds, seconds.reduce(0) { $0 + perSecond[$1, default: 0] })
        }
    }

    /// The steps of a stress that were completed.
    var steps: [LoadReport.Step] { judged.withLock { $0 } }

    /// Until the load has ended, or the task is cancelled.
    func run(_ watch: @Sendable (LoadSnapshot) -> Void) async {
        while load.now == nil, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
        var last = (elapsed: 0.0, answered: 0)
        while !Task.isCancelled, !load.queue.isOver {
            try? await Task.sleep(for: .seconds(1))
            if load.profile.kind == .stress { judgeSteps(final: false) } else if abort { judgeWhole() }
            let elapsed = load.elapsed
            if elapsed > load.profile.seconds + LoadRun.drain { load.end() }
            let answered = load.recorder.total(seconds: elapsed).answered
            watch(snapshot(at: elapsed, rate: Double(answered - last.answered) / max(0.001, elapsed - last.elapsed)))
            last = (elapsed, answered)
        }
    }

    /// Judges what is left of a stress when all answers have come.
    func finish(interrupted: Bool) {
        if load.profile.kind == .stress { judgeSteps(final: !interrupted) }
    }

    private func operation(of threshold: LoadThreshold) -> Int? { threshold.operation.flatMap { operations.firstIndex(of: $0) } }

    private func judgeWhole() {
        let (recorder, seconds) = (load.recorder, load.profile.seconds)
        let remaining = max(0, count - recorder.total(seconds: seconds).settled)
        let lost = thresholds.first { $0.isLost(in: recorder.total(of: operation(of: $0), seconds: seconds), remaining: remaining) }
        if let lost { load.end(abortedFor: lost) }
    }

    /// Judges each step whose arrivals all have an outcome, or that cannot hold any more, and ends the load after one that did not hold.
    private func judgeSteps(final: Bool) {
        let recorder = load.recorder
        guard steps.last?.held != false else { return }
        for step in plan[steps.count...] {
            let figures = recorder.figures(in: step.seconds)
            let remaining = max(0, step.arrivals - figures.settled)
            let perThreshold = thresholds.map { ($0, recorder.figures(in: step.seconds, of: operation(of: $0))) }
            let isOver = final || load.elapsed >= Double(step.seconds.upperBound) && remaining == 0
            guard isOver || perThreshold.contains(where: { $0.isLost(in: $1, remaining: remaining) }) else { return }
            // Of a step that is lost already, the best that could have become of it.
            let verdicts = perThreshold.map { LoadReport.Verdict($0, isOver ? $1 : $1.completed(by: remaining)) }
            let outcome = LoadReport.Step(
                rate: step.stage.from, count: figures.answered, p95: figures.percentile(95), thresholds: verdicts)
            judged.withLock { $0.append(outcome) }
            if !outcome.held { return load.end() }
        }
    }

    private func snapshot(at elapsed: Double, rate: Double) -> LoadSnapshot {
        let now = Int(elapsed)
        let recent = load.recorder.figures(in: max(0, now - 3)..<max(1, now))
        let total = load.recorder.total(seconds: elapsed)
        return LoadSnapshot(
            elapsed: elapsed, stage: load.profile.stage(at: elapsed)?.stage.name ?? "ending", asked: load.profile.rate(at: elapsed),
            answered: rate, p50: recent.percentile(50), p95: recent.percentile(95), p99: recent.percentile(99),
            errors: total.errors, dropped: total.dropped, waiting: load.queue.waiting,
            recentP95: (max(0, now - 20)..<now).map { load.recorder.figures(in: $0..<$0 + 1).percentile(95) })
    }
}
