import Foundation
import Synchronization

/// A line on standard error that shows how far something is: share, rate and the time left. Nothing but a closing line is
/// printed where standard error is not a terminal. May be used from any thread.
final class OutputProgress: Sendable {
    private struct State {
        var done = 0
        var total: Int
        var note = ""
        var shown = ContinuousClock.now
        var rate: Double = 0
        var rateFrom = (time: ContinuousClock.now, done: 0)
        var finished = false
    }

    private let label: String
    private let unit: String
    private let begin = ContinuousClock.now
    private let live: Bool
    private let state: Mutex<State>

    init(_ label: String, total: Int, unit: String = "", live: Bool = Output.stderrIsTerminal) {
        self.label = label
        self.unit = unit
        self.live = live
        state = Mutex(State(total: total))
        if live { Output.standardError("\r" + Self.line(label, unit, State(total: total), width: Output.width)) }
    }

    func advance(by count: Int = 1) { change { $0.done += count } }

    func update(_ done: Int, total: Int? = nil, note: String? = nil) {
        change {
            $0.done = done
            if let total { $0.total = total }
            if let note { $0.note = note }
        }
    }

    /// Ends the line; says how much was done in which time.
    func finish(_ note: String? = nil) {
        let text = state.withLock { state -> String? in
            guard !state.finished else { return nil }
            state.finished = true
            let seconds = begin.duration(to: .now) / .seconds(1)
            var text = "\(label): \(OutputFormat.count(state.done))\(unit.isEmpty ? "" : " " + unit) in "
            text += OutputFormat.duration(seconds: seconds)
            if seconds > 0, state.done > 0 { text += " (\(OutputFormat.number(Double(state.done) / seconds))/s)" }
            if let note { text += ", \(note)" }
            return text
        }
        if let text { Output.standardError((live ? "\r\u{1B}[K" : "") + text + "\n") }
    }

    private func change(_ body: (inout State) -> Void) {
        let text = state.withLock { state -> String? in
            body(&state)
            let now = ContinuousClock.now
            guard live, !state.finished, state.shown.duration(to: now) > .milliseconds(100) else { return nil }
            state.shown = now
            let interval = state.rateFrom.time.duration(to: now) / .seconds(1)
            // The rate of the last second or so: what counts is how it goes now.
            if interval > 1 || state.rate == 0, interval > 0 {
                state.rate = Double(state.done - state.rateFrom.done) / interval
                if interval > 1 { state.rateFrom = (now, state.done) }
            }
            return Self.line(label, unit, state, width: Output.width)
        }
        if let text { Output.standardError("\r\u{1B}[K" + text) }
    }

    private static func line(_ label: String, _ unit: String, _ state: State, width: Int) -> String {
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
        return String(text.prefix(max(20, width - 1)))
    }
}
