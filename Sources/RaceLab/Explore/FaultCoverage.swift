import Foundation

// Every fault at every boundary: of the serial orders first, then of the schedules with one preemption.

/// How far the faults have come.
struct FaultCoverage {
    var injected: [InjectedFault: Int] = [:]
    var inconclusive = 0
    /// Nothing was left out for want of time.
    var isComplete = false
    var finding: RaceFinding?
}
