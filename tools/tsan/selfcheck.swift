// Shows that the run sees a race, and that a contended lock is none: `race` counts without a lock, `lock` with one.
import Foundation
import Synchronization

final class Counters: @unchecked Sendable {
    let guarded = Mutex(0)
    var bare = 0
}

let counters = Counters()
let bare = CommandLine.arguments.last == "race"
DispatchQueue.concurrentPerform(iterations: 4) { _ in
    for _ in 0..<100_000 {
        counters.guarded.withLock { $0 += 1 }
        if bare { counters.bare += 1 }
    }
}
precondition(counters.guarded.withLock { $0 } == 400_000)
