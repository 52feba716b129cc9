/// How one step of a batch went, in its last try.
public struct BatchStep: Sendable {
    public enum Need: String, Sendable { case required, optional }

    public var name: String
    public var need: Need
    public var duration: Duration
    /// nil when it succeeded.
    public var error: (any Error)?
}
