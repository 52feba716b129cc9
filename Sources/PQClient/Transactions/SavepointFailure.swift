/// The error that ended a savepoint, and the one that made it fail, which may be another.
struct SavepointFailure: Error {
    var error: any Error
    var cause: PostgresError?
}
