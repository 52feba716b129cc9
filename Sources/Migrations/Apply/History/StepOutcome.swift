// What was applied to a database: rows of domainflow_migrate.history, and the append-only domainflow_migrate.event.

import PQClient

public enum StepOutcome: String, Sendable, Codable {
    case done
    /// Recorded as applied without having been run.
    case baseline
    /// A step outside a transaction is under way, or its runner died.
    case running
    /// A step outside a transaction failed; it is tried again by the next `up`.
    case failed

    var isApplied: Bool { self == .done || self == .baseline }
}
