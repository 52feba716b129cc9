import Foundation

/// A line on standard error that is written anew four times a second while something runs; nothing where it is not a terminal.
final class TickingLine: Sendable {
    private let ticking: Task<Void, Never>?

    /// - Parameter text: told the seconds since the beginning.
    init(live: Bool = Output.stderrIsTerminal, _ text: @escaping @Sendable (_ seconds: Double) -> String) {
        guard live else {
            ticking = nil
            return
        }
        ticking = Task {
            let begin = ContinuousClock.now
            while !Task.isCancelled {
                let seconds = begin.duration(to: .now) / .seconds(1)
                Output.standardError("\r\u{1B}[K" + text(seconds).prefix(max(20, Output.width - 1)))
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    func end() {
        guard let ticking else { return }
        ticking.cancel()
        Output.standardError("\r\u{1B}[K")
    }
}
