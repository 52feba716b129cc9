import Foundation

/// A statement that a connection has prepared.
final class PreparedStatement: Sendable {
    let name: String
    let sql: String
    /// Object ids of the types that the parameters were declared with; 0 where the server inferred one.
    private let types: [UInt32]
    // Written in `init` only.
    /// Zero-terminated, as libpq takes it, because each execution sends it.
    nonisolated(unsafe) let serverName: UnsafeMutablePointer<CChar>

    init(name: String, query: PostgresQuery, serverName: String) {
        self.name = name
        sql = query.sql
        types = query.binds.map(\.typeOID)
        self.serverName = strdup(serverName)
    }

    deinit { free(serverName) }

    /// The server reads a parameter as the type that was declared for it, so the bytes of another would become some other value.
    func takes(_ binds: [PostgresValue]) -> Bool {
        guard types.count == binds.count else { return false }
        for index in types.indices where types[index] != binds[index].typeOID { return false }
        return true
    }
}
