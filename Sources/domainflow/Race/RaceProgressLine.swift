import Foundation
import RaceLab

/// A line on standard error about a run under way. Nothing where standard error is not a terminal.
final class RaceProgressLine: Sendable {
    private let ticking: Task<Void, Never>?

    init(_ name: String, progress: RaceProgress, seconds: Double, live: Bool = Output.stderrIsTerminal) {
        guard live else {
            ticking = nil
            return
        }
        ticking = Task {
            var last = (time: ContinuousClock.now, count: 0)
            var begin: ContinuousClock.Instant?
            Output.standardError("\(name): preparing")
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                let count = progress.operations
                let now = ContinuousClock.now
                if begin == nil, count > 0 { begin = now }
                guard let begin else { continue }
                let elapsed = (now - begin) / .seconds(1)
                let rate = Double(count - last.count) / ((now - last.time) / .seconds(1))
                last = (now, count)
                let phase = elapsed > seconds + 0.5 ? "judging" : "\(Int(elapsed)) of \(OutputFormat.number(seconds)) s"
                let text =
                    "\(name): \(phase), \(OutputFormat.count(count)) operations, \(OutputFormat.number(rate))/s, "
                    + "\(OutputFormat.count(progress.conflicts)) conflicts, \(OutputFormat.count(progress.retries)) retries"
                Output.standardError("\r\u{1B}[K" + text.prefix(max(20, Output.width - 1)))
            }
        }
    }

    func end() {
        guard let ticking else { return }
        ticking.cancel()
        Output.standardError("\r\u{1B}[K")
    }
}
