import Synchronization

/// The line on standard error that shows progress, rewritten four times a second; nothing if standard error is not a terminal.
///
/// There is one such line at a time. All other output erases it first, and the next tick shows it again.
final class ProgressLine: Sendable {
    private let live: Bool
    private let text: @Sendable (_ seconds: Double) -> String
    private let begin = ContinuousClock.now
    private let ended = Mutex(false)

    /// - Parameter text: called on any thread with the seconds since the start; an empty text shows nothing.
    init(live: Bool = Output.stderrIsTerminal, _ text: @escaping @Sendable (_ seconds: Double) -> String) {
        (self.live, self.text) = (live, text)
        guard live else { return }
        show()
        Task { [weak self] in
            while true {
                try? await Task.sleep(for: .milliseconds(250))
                guard let self, self.show() else { return }
            }
        }
    }

    deinit { end() }

    /// Shows the current text without waiting for the next tick; false if the line has ended.
    @discardableResult
    func show() -> Bool {
        let text = live ? text(begin.duration(to: .now) / .seconds(1)) : ""
        return ended.withLock { ended in
            if live, !ended { Output.show(progress: text) }
            return !ended
        }
    }

    func end() {
        ended.withLock { ended in
            if live, !ended { Output.show(progress: "") }
            ended = true
        }
    }
}
