/// Something outside the database that is still there though its transaction, or its optional step, is not.
public struct CompensationFailure: Sendable {
    public var name: String
    public var error: any Error
}
