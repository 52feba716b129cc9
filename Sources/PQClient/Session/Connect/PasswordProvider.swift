/// Gives the password of each new connection, for passwords that change and tokens that expire. Called once for each attempt to connect, by
/// several tasks at once when several connections are opened, and cancelled with the attempt. An error that it throws is the error of
/// connecting: a ``PostgresError`` as it is, others as one of kind `connection`.
public typealias PasswordProvider = @Sendable () async throws -> String
