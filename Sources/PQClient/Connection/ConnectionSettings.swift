/// A connection string in parts, for programs that get them one by one: its ``conninfo`` is given to a connection, a pool, or a listener.
///
/// What is nil comes from where libpq takes it otherwise: the service file, the `PG*` variables, its defaults.
public struct ConnectionSettings: Sendable, Hashable {
    public struct Host: Sendable, Hashable {
        /// A name, an address, or the folder of a socket.
        public var name: String
        public var port: Int?

        public init(_ name: String, port: Int? = nil) {
            self.name = name
            self.port = port
        }
    }

    public enum TLS: String, Sendable, Hashable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        /// The only one that also verifies who is at the other end.
        case verifyFull = "verify-full"
    }

    public enum Target: String, Sendable, Hashable {
        case any, primary, standby
        case readWrite = "read-write"
        case readOnly = "read-only"
        case preferStandby = "prefer-standby"
    }

    /// Tried in order.
    public var hosts: [Host] = []
    public var database: String?
    public var user: String?
    /// Part of the connection string; a ``PasswordProvider`` keeps it out.
    public var password: String?
    public var tls: TLS?
    /// The file with the certificates of the authorities that the server's is verified by, or `system`.
    public var rootCertificate: String?
    /// For each host; rounded up to whole seconds, as libpq counts.
    public var connectTimeout: Duration?
    public var target: Target?
    /// A section of the service file.
    public var service: String?
    /// Further keywords of libpq, e.g. `keepalives_idle`, which come last.
    public var others: [String: String] = [:]

    public init() {}

    /// Settings from a source of texts by key, such as swift-configuration: `try ConnectionSettings { config.string(forKey: ConfigKey($0)) }`.
    /// The keys are `host` and `port` (several with commas between), `database`, `user`, `password`, `tls`, `rootCertificate`,
    /// `connectTimeout` in seconds, `target` and `service`. Throws an error of kind `usage` that names key and value if a value is none of
    /// the key's.
    public init(_ value: (String) -> String?) throws(PostgresError) {
        func wrong(_ key: String, _ value: some StringProtocol, _ expected: String) -> PostgresError {
            PostgresError(.usage, "the connection setting \(key) is '\(value)'; it takes \(expected)")
        }
        let names = value("host")?.split(separator: ",").map(String.init) ?? []
        var ports: [Int] = []
        for text in value("port")?.split(separator: ",") ?? [] {
            guard let port = Int(text), (1...65535).contains(port) else { throw wrong("port", text, "numbers from 1 to 65535") }
            ports.append(port)
        }
        guard ports.count <= 1 || ports.count == names.count else {
            throw wrong("port", value("port") ?? "", "one number, or one for each of the \(names.count) hosts")
        }
        for (index, name) in (names.isEmpty && !ports.isEmpty ? [""] : names).enumerated() {
            hosts.append(Host(name, port: ports.count > 1 ? ports[index] : ports.first))
        }
        database = value("database")
        user = value("user")
        password = value("password")
        if let text = value("tls") {
            guard let known = TLS(rawValue: text) else {
                throw wrong("tls", text, "disable, allow, prefer, require, verify-ca or verify-full")
            }
            tls = known
        }
        rootCertificate = value("rootCertificate")
        if let text = value("connectTimeout") {
            guard let seconds = Double(text), seconds > 0, seconds < 1e6 else { throw wrong("connectTimeout", text, "seconds") }
            connectTimeout = .seconds(seconds)
        }
        if let text = value("target") {
            guard let known = Target(rawValue: text) else {
                throw wrong("target", text, "any, primary, standby, read-write, read-only or prefer-standby")
            }
            target = known
        }
        service = value("service")
    }

    /// The connection string, as `key='value'` pairs.
    public var conninfo: String {
        var pairs: [(String, String)] = []
        func add(_ key: String, _ value: String?) {
            if let value { pairs.append((key, value)) }
        }
        add("service", service)
        if hosts.contains(where: { !$0.name.isEmpty }) { add("host", hosts.map(\.name).joined(separator: ",")) }
        if hosts.contains(where: { $0.port != nil }) { add("port", hosts.map { $0.port.map(String.init) ?? "" }.joined(separator: ",")) }
        add("dbname", database)
        add("user", user)
        add("password", password)
        add("sslmode", tls?.rawValue)
        add("sslrootcert", rootCertificate)
        add("connect_timeout", connectTimeout.map { String(Int(($0 / .seconds(1)).rounded(.up))) })
        add("target_session_attrs", target?.rawValue)
        for (key, value) in others.sorted(by: { $0.key < $1.key }) { add(key, value) }
        return pairs.map { "\($0.0)='\($0.1.doubling("\\").replacing("'", with: "\\'"))'" }.joined(separator: " ")
    }
}
