import Foundation

/// What a schedule led to: what each step answered, and the state that can be observed.
struct ScheduleOutcome: Hashable, Sendable {
    var results: [Scenario.StepPlace: StepResult]
    var state: String

    /// As if these steps had not been seen.
    func without(_ places: Set<Scenario.StepPlace>) -> ScheduleOutcome {
        places.isEmpty ? self : ScheduleOutcome(results: results.filter { !places.contains($0.key) }, state: state)
    }
}
