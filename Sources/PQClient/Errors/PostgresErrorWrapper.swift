/// An error of a layer above that came from PostgreSQL, so that a transaction sees through it whether to try again.
public protocol PostgresErrorWrapper: Error {
    var postgresError: PostgresError? { get }
}
