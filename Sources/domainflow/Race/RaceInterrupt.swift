import Foundation
import RaceLab

/// Ctrl-C, SIGTERM and SIGHUP ask for an early end instead of ending the program; a second one ends it.
struct RaceInterrupt: Sendable {
    /// Made before a handler can run: a signal handler must not be the one to make it.
    private static let shared = StopFlag()
    let stop = Self.shared

    init() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                RaceInterrupt.shared.set()
                signal(number, SIG_DFL)
            }
        }
    }
}
