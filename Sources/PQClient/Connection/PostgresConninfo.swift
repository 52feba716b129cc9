import CLibPQ

/// A connection string in two parts, so that another program can be given it: every user may read a program's arguments.
public struct PostgresConninfo: Sendable, Equatable {
    /// As libpq's `key=value` pairs, without the password.
    public let text: String
    /// For the environment variable PGPASSWORD.
    public let password: String?

    /// - Parameter conninfo: a URI or libpq's `key=value` pairs; what it leaves out, libpq takes from the environment.
    /// - Throws: ``PostgresError`` if it is neither.
    public init(_ conninfo: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(conninfo, &message) else {
            defer { PQfreemem(message) }
            throw PostgresError(.usage, message.map { String(cString: $0) } ?? "out of memory")
        }
        defer { PQconninfoFree(options) }
        var (pairs, password): ([String], String?) = ([], nil)
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val.map({ String(cString: $0) }) {
                let name = String(cString: keyword)
                if name == "password" {
                    password = value
                } else {
                    pairs.append("\(name)='\(value.replacing(#"\"#, with: #"\\"#).replacing("'", with: #"\'"#))'")
                }
            }
            option += 1
        }
        (text, self.password) = (pairs.joined(separator: " "), password)
    }
}
