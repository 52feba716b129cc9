/// The last statement that the server was asked to stop, and until when it has to have done so.
struct CancelWatch {
    var request: Request
    var deadline: ContinuousClock.Instant
    var error: PostgresError
}
