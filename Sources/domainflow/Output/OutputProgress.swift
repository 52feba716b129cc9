import Synchronization

/// A bar on the progress line: share, rate and the time left. Where standard error is not a terminal, only the closing line is printed.
/// May be used from any thread.
struct OutputProgress: Sendable {
    private let meter: Meter
    private let line: ProgressLine

    init(_ label: String, total: Int, unit: String = "", live: Bool = Output.stderrIsTerminal) {
        let meter = Meter(label: label, unit: unit, total: total)
        self.meter = meter
        line = ProgressLine(live: live) { _ in meter.text() }
    }

    /// - Parameter already: how much of it was done before this began; it counts for the share and not for the rate.
    func update(_ done: Int, total: Int? = nil, already: Int = 0, note: String? = nil) {
        meter.update(done, total: total, already: already, note: note)
    }

    /// Ends the line and prints how much was done in which time, once.
    @discardableResult func finish() -> String? {
        line.end()
        let text = meter.finish()
        if let text { Output.standardError(text + "\n") }
        return text
    }
}

private final class Meter: Sendable {
    private struct State {
        var done = 0
        var already = 0
        var total: Int
        var note = ""
        var rate: Double = 0
        var rateFrom = (time: ContinuousClock.now, done: 0)
        var finished = false
    }

    private let label: String
    private let unit: String
    private let begin = ContinuousClock.now
    private let state: Mutex<State>

    init(label: String, unit: String, total: Int) {
        self.label = label
        self.unit = unit
        state = Mutex(State(total: total))
    }

    func update(_ done: Int, total: Int?, already: Int, note: String?) {
        state.withLock {
            $0.rateFrom.done += already - $0.already
            ($0.done, $0.already) = (done, already)
            if let total { $0.total = total }
            if let note { $0.note = note }
        }
    }

    /// The closing line; nil if it was asked for before.
    func finish() -> String? {
        state.withLock { state in
            guard !state.finished else { return nil }
            state.finished = true
            let seconds = begin.duration(to: .now) / .seconds(1)
            let done = state.done - state.already
            var text = "\(label): \(OutputFormat.count(done))\(unit.isEmpty ? "" : " " + unit) in "
            text += OutputFormat.duration(seconds: seconds)
            if seconds > 0, done > 0 { text += " (\(OutputFormat.number(Double(done) / seconds))/s)" }
            return text
        }
    }

    func text() -> String {
        state.withLock { state in
            let now = ContinuousClock.now
            let interval = state.rateFrom.time.duration(to: now) / .seconds(1)
            // The rate of about the last second, which tells more than the average.
            if interval > 1 || state.rate == 0, interval > 0 {
                state.rate = Double(state.done - state.rateFrom.done) / interval
                if interval > 1 { state.rateFrom = (now, state.done) }
            }
            return line(state)
        }
    }

    private func line(_ state: State) -> String {
        let share = state.total > 0 ? min(1, Double(state.done) / Double(state.total)) : 0
        let cells = 24
        let full = Int(share * Double(cells))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
        var text = "\(label) \(bar) \(Int(share * 100))% \(OutputFormat.count(state.done))"
        if state.total > 0 { text += "/\(OutputFormat.count(state.total))" }
        if state.rate > 0 {
            text += " \(OutputFormat.number(state.rate))/s"
            let left = Double(state.total - state.done) / state.rate
            if left > 0 { text += " \(OutputFormat.duration(seconds: left)) left" }
        }
        if !state.note.isEmpty { text += " \(state.note)" }
        return text
    }
}
