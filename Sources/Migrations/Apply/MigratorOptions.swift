import PQClient

public struct MigratorOptions: Sendable {
    /// For steps that do not say `--! lock-timeout`.
    public var lockTimeout = "2s"
    /// How often a step that ran into its lock-timeout, a deadlock or a serialization failure is tried, in all.
    public var attempts = 10
    /// How long one step may wait for locks, ours and others', over all its attempts.
    public var patience: Duration = .seconds(300)
    public var allowOutOfOrder = false
    /// A connection string for a second connection, which looks up who blocks a waiting statement. Nil: nobody is named.
    public var observer: String?
    /// Asked between statements, and while one runs.
    public var isInterrupted: @Sendable () -> Bool = { false }

    public init() {}
}
