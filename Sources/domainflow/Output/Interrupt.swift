import Foundation
import RaceLab

/// Ctrl-C, SIGTERM and SIGHUP: the first one asks the command for an early end and says so, the second one ends the program at once.
enum Interrupt {
    private static let flag = StopFlag()
    /// On a terminal in place of the progress line.
    private static let stopping: StaticString = Output.stderrIsTerminal ? "\r\u{1B}[Kstopping…\n" : "stopping…\n"

    static var requested: Bool { flag.isSet }

    /// From now on the first signal sets the flag instead of ending the program.
    @discardableResult
    static func watch() -> StopFlag {
        // Initialized before a handler can run; a signal handler must not do it.
        let (flag, _) = (flag, stopping)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in
                // Only what a signal handler may do: an atomic store, write(2), and giving the signals their usual meaning back.
                Interrupt.flag.set()
                _ = write(STDERR_FILENO, Interrupt.stopping.utf8Start, Interrupt.stopping.utf8CodeUnitCount)
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                signal(SIGHUP, SIG_DFL)
            }
        }
        return flag
    }
}
