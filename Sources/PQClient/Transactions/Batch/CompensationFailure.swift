/// An effect outside the database that remains although its transaction, or its optional step, was rolled back.
public struct CompensationFailure: Sendable {
    public var name: String
    public var error: any Error
}
