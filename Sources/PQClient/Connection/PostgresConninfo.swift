import CLibPQ

/// A connection string, for other programs.
public enum PostgresConninfo {
    /// The environment in which PostgreSQL's programs connect as the string says: every user may read a program's arguments, but not its
    /// environment. Parameters that have no variable, such as keepalives, are left out.
    /// - Parameter conninfo: a URI or libpq's `key=value` pairs.
    /// - Throws: ``PostgresError`` if it is neither.
    public static func environment(of conninfo: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(conninfo, &message) else {
            defer { PQfreemem(message) }
            throw PostgresError(.usage, message.map { String(cString: $0) } ?? "out of memory")
        }
        defer { PQconninfoFree(options) }
        var environment: [String: String] = [:]
        var option = options
        while option.pointee.keyword != nil {
            if let variable = option.pointee.envvar, let value = option.pointee.val {
                environment[String(cString: variable)] = String(cString: value)
            }
            option += 1
        }
        return environment
    }
}
