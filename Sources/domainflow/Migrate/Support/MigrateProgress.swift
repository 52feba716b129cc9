import Migrations
import Synchronization

/// Reports a run on standard error: the current statement on a terminal, and a line for each event everywhere.
struct MigrateProgress: Sendable {
    private let place: Place
    private let line: ProgressLine

    init() {
        let place = Place()
        self.place = place
        line = ProgressLine { place.text($0) }
    }

    var report: Migrator.Progress { { event in self.tell(event) } }

    private func tell(_ event: MigrationProgress) {
        switch event {
        case .planned: break
        case .step(let id, let index, let total):
            place.begin(id, position: "[\(index)/\(total)]")
            line.show()
        case .statement(let index, let total): place.go(on: "statement \(index)/\(total)")
        case .applied(let step):
            let again = step.attempts > 1 ? ", \(step.attempts) attempts" : ""
            say("applied \(step.id) in \(OutputFormat.duration(seconds: step.durationMilliseconds / 1000))\(again)")
        case .reverted(let id): say("reverted \(id)")
        case .skipped(let id): say("\(id) was applied by another runner")
        case .waitingForRunner(let holder): say("waiting for another runner" + (holder.map { ": \($0)" } ?? ""))
        case .blocked(let blockers):
            for blocker in blockers { say("\(place.step) is blocked by \(blocker)") }
        case .retry(let id, let attempt, let total, let reason, let pause):
            say("\(id): \(reason); attempt \(attempt) of \(total) was rolled back, the next one starts in \(pause) ms")
        case .note(let text): say(text)
        }
    }

    private func say(_ text: String) { Output.standardError(text + "\n") }

    func finish() { line.end() }
}

/// The current step and statement.
private final class Place: Sendable {
    private struct State {
        var step = ""
        var position = ""
        var detail = ""
    }

    private let state = Mutex(State())

    var step: String { state.withLock { $0.step } }

    func begin(_ step: String, position: String) { state.withLock { $0 = State(step: step, position: position) } }

    func go(on detail: String) { state.withLock { $0.detail = detail } }

    func text(_ seconds: Double) -> String {
        let state = state.withLock { $0 }
        guard !state.step.isEmpty else { return "" }
        let text = "\(state.position) \(state.step) \(state.detail)"
        return seconds > 1 ? "\(text) \(OutputFormat.duration(seconds: seconds))" : text
    }
}
