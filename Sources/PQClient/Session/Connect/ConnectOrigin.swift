/// How a connection was opened, so that another can be opened to the same server.
struct ConnectOrigin: Sendable {
    var conninfo: String
    var applicationName: String?
    var password: PasswordProvider?
    /// The most statements to prepare because they repeat.
    var statementCache = 0

    /// The password to connect with; nil: the one of the connection string.
    func nextPassword() async throws(PostgresError) -> String? {
        do {
            return try await password?()
        } catch {
            if Task.isCancelled { throw .connectingCancelled }
            throw PostgresError(wrappedIn: error) ?? PostgresError(.connection, "no password could be had for the connection: \(error)")
        }
    }
}
