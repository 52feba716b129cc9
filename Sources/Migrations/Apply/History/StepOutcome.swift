/// What became of a step, as domainflow_migrate.history records it.
public enum StepOutcome: String, Sendable, Codable {
    case done
    /// Recorded as applied without having been run.
    case baseline
    /// A step outside a transaction is under way, or its runner died.
    case running
    /// A step outside a transaction failed; the next `up` tries it again.
    case failed

    var isApplied: Bool { self == .done || self == .baseline }
}
