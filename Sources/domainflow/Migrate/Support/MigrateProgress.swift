import Foundation
import Migrations
import Synchronization

/// Tells on standard error how a run goes: a line that is rewritten on a terminal, lines that stay elsewhere.
final class MigrateProgress: Sendable {
    private struct State {
        var step = ""
        var position = ""
        var shown = false
    }

    private let state = Mutex(State())
    private let begin = ContinuousClock.now
    private let live = Output.stderrIsTerminal

    var report: Migrator.Progress { { event in self.tell(event) } }

    private func tell(_ event: MigrationProgress) {
        switch event {
        case .planned: break
        case .step(let id, let index, let total):
            state.withLock {
                $0.step = id
                $0.position = "[\(index)/\(total)]"
            }
            show()
        case .statement(let index, let total): show("statement \(index)/\(total)")
        case .applied(let step):
            let again = step.attempts > 1 ? ", \(step.attempts) tries" : ""
            stay("applied \(step.id) in \(OutputFormat.duration(seconds: step.durationMilliseconds / 1000))\(again)")
        case .reverted(let id): stay("took back \(id)")
        case .skipped(let id): stay("\(id) was applied by another runner")
        case .waitingForRunner(let holder): stay("waiting for another runner" + (holder.map { ": \($0)" } ?? ""))
        case .blocked(let blockers):
            for blocker in blockers { stay("\(state.withLock { $0.step }) is blocked by \(blocker)") }
        case .retry(let id, let attempt, let total, let reason, let pause):
            stay("\(id): \(reason); try \(attempt) of \(total) was rolled back, next in \(pause) ms")
        case .note(let text): stay(text)
        }
    }

    private func show(_ detail: String = "") {
        guard live else { return }
        let text = state.withLock {
            $0.shown = true
            return "\($0.position) \($0.step) \(detail)"
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        let line = seconds > 1 ? text + " " + OutputFormat.duration(seconds: seconds) : text
        Output.standardError("\r\u{1B}[K" + line.prefix(max(20, Output.width - 1)))
    }

    private func stay(_ text: String) {
        Output.standardError((live ? "\r\u{1B}[K" : "") + text + "\n")
    }

    func finish() {
        if live, state.withLock({ $0.shown }) { Output.standardError("\r\u{1B}[K") }
    }
}
