/// What becomes of facts that a new revision of a model does not admit.
public enum OrphanedFacts: String, Sendable, CaseIterable {
    /// The revision is refused (`BIZ_INVARIANT`).
    case refuse
    /// They stay stored, and do not count as long as no revision admits them.
    case ignore
}
