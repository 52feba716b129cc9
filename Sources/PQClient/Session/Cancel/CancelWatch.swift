/// The last statement that the server was asked to cancel, and the deadline for doing so.
struct CancelWatch {
    var request: Request
    var deadline: ContinuousClock.Instant
    var error: PostgresError
}
