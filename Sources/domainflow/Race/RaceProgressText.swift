import RaceLab
import Synchronization

/// The progress line of a run; its rate covers the time since the last tick.
final class RaceProgressText: Sendable {
    private struct State {
        var last = (time: ContinuousClock.now, count: 0)
        var begin: ContinuousClock.Instant?
    }

    private let name: String
    private let progress: RaceProgress
    private let seconds: Double
    private let state = Mutex(State())

    init(_ name: String, progress: RaceProgress, seconds: Double) {
        (self.name, self.progress, self.seconds) = (name, progress, seconds)
    }

    static func line(_ name: String, progress: RaceProgress, seconds: Double) -> ProgressLine {
        let text = RaceProgressText(name, progress: progress, seconds: seconds)
        return ProgressLine { _ in text.next() }
    }

    func next(now: ContinuousClock.Instant = .now) -> String {
        state.withLock { state in
            let count = progress.operations
            if state.begin == nil, count > 0 { state.begin = now }
            guard let begin = state.begin else { return "\(name): preparing" }
            let elapsed = (now - begin) / .seconds(1)
            let interval = (now - state.last.time) / .seconds(1)
            let rate = interval > 0 ? Double(count - state.last.count) / interval : 0
            state.last = (now, count)
            let phase = elapsed > seconds + 0.5 ? "judging" : "\(Int(elapsed)) of \(OutputFormat.number(seconds)) s"
            return "\(name): \(phase), \(OutputFormat.count(count)) operations, \(OutputFormat.number(rate))/s, "
                + "\(OutputFormat.count(progress.conflicts)) conflicts, \(OutputFormat.count(progress.retries)) retries"
        }
    }
}
