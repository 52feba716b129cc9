import ArgumentParser
import Foundation
import Migrations
import Synchronization

/// SIGINT, asked for between statements. The second one ends the program as usual.
enum Interrupt {
    private static let flag = Atomic(false)

    static var requested: Bool { flag.load(ordering: .relaxed) }

    static func watch() {
        signal(SIGINT) { _ in
            // Only what a signal handler may do: an atomic store, and giving the signal its usual meaning back.
            Interrupt.flag.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }
}
