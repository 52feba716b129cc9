/// What ended a savepoint, and what made it fail, which may be another error.
struct SavepointFailure: Error {
    var error: any Error
    var cause: PostgresError?
}
