/// How a load goes, for a line on a terminal.
public struct LoadSnapshot: Sendable {
    /// Seconds since it began.
    public var elapsed: Double
    public var stage: String
    /// Operations per second that are asked for now, and that were answered in the last second.
    public var asked, answered: Double
    /// In milliseconds, of the last seconds.
    public var p50, p95, p99: Double?
    public var errors, dropped, waiting: Int
    /// Of the latest seconds, one value each; nil where nothing was answered.
    public var recentP95: [Double?]
}
