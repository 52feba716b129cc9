/// An error of a higher layer that wraps one from PostgreSQL, by which a transaction decides whether to retry.
public protocol PostgresErrorWrapper: Error {
    var postgresError: PostgresError? { get }
}
