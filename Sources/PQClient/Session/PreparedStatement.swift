import Foundation

/// A statement that a connection has prepared.
final class PreparedStatement: Sendable {
    let name: String
    let sql: String
    // Written in `init` only.
    /// Zero-terminated, as libpq takes it, because each execution sends it.
    nonisolated(unsafe) let serverName: UnsafeMutablePointer<CChar>

    init(name: String, sql: String, serverName: String) {
        self.name = name
        self.sql = sql
        self.serverName = strdup(serverName)
    }

    deinit { free(serverName) }
}
