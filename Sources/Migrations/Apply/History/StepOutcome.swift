/// What became of a step, as domainflow_migrate.history records it.
public enum StepOutcome: String, Sendable, Codable {
    case done
    /// Recorded as applied without having been run.
    case baseline
    /// A step outside a transaction is under way, or its runner died.
    case running
    /// A step outside a transaction failed and left nothing, or an invalid index of its own; the next `up` runs it again.
    case noEffect = "no effect"
    /// It is not known what a step outside a transaction did. Nothing runs it again until `repair` says how it is.
    case unknown
    /// A down file outside a transaction is under way, or its runner died.
    case reverting
    /// Written by programs up to 0.4.0, whatever the step had done by then: read as unknown.
    case failed

    var isApplied: Bool { self == .done || self == .baseline }
}
