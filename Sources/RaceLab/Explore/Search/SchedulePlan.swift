/// How one run chooses among the sessions that could go on.
public enum SchedulePlan: Sendable, Equatable {
    /// These at the first decisions, then always on with the same session.
    case follow([Int])
    /// PCT: random priorities that change at a few random moments (Burckhardt et al., ASPLOS 2010).
    case priorities(seed: UInt64, depth: Int)
    case random(seed: UInt64)
}

/// The name up to 0.3. Goes with the next release.
@available(*, deprecated, renamed: "SchedulePlan")
public typealias Plan = SchedulePlan
