public struct MigratorOptions: Sendable {
    /// For steps without `--! lock-timeout`.
    public var lockTimeout = "2s"
    /// Maximum number of attempts at a step that meets its lock timeout, a deadlock or a serialization failure.
    public var attempts = 10
    /// How long one step may wait, over all its attempts, for locks and for other runners.
    public var patience: Duration = .seconds(300)
    public var allowOutOfOrder = false
    /// Values for the placeholders of steps: `:'name'` becomes a literal, `:"name"` an identifier.
    public var values: [String: String] = [:]
    /// Connection string for a second connection, which finds the sessions that block a waiting statement. Nil: errors name none.
    public var observer: String?
    /// Checked between statements, and while one runs.
    public var isInterrupted: @Sendable () -> Bool = { false }

    public init() {}
}
