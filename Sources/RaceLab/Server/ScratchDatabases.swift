import Foundation
import Migrations
import PQClient

/// Creates databases that belong to one run, so that the run never touches anybody else's data.
///
/// The steps are applied once, to a template; every scenario starts from a copy of it. Several databases may be created at once.
public actor ScratchDatabases {
    private let server: String
    private let prefix: String
    private let readyTemplate: String?
    private var template: Task<String, any Error>?
    private var made: Set<String> = []
    /// Shows by its name, as long as this run lives, that its databases are in use.
    private var sentinel: PostgresConnection?
    private var count = 0

    /// - Parameter server: a connection string of a role that may create databases.
    public init(server: String) { self.init(server: server, template: nil) }

    /// - Parameter template: a database to copy, which stays; nil makes one.
    package init(server: String, template: String?) {
        self.server = server
        readyTemplate = template
        prefix = "domainflow_race_" + UUID().uuidString.prefix(8).lowercased()
    }

    /// A new database with DomainFlow in it, or an empty one; its name and a connection string for it.
    public func create(empty: Bool = false) async throws -> (name: String, conninfo: String) {
        let template = empty ? "template0" : try await migratedTemplate()
        count += 1
        let name = "\(prefix)_\(count)"
        try await make(name, from: template)
        return (name, Self.conninfo(server, database: name))
    }

    public func drop(_ name: String) async throws {
        let connection = try await PostgresConnection.connect(server, applicationName: "domainflow race")
        do {
            try await connection.execute("DROP DATABASE IF EXISTS \(PostgresQuery.quoteIdentifier(name)) WITH (FORCE)")
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        made.remove(name)
    }

    /// Drops the databases that are left, and the template.
    public func dropAll(keeping kept: Set<String> = []) async throws {
        for name in made.subtracting(kept) { try await drop(name) }
        template = nil
        if made.isEmpty {
            await sentinel?.close()
            sentinel = nil
        }
    }

    /// Drops the databases of runs that have ended without doing so, as one that was killed.
    ///
    /// - Parameter dryRun: only names them.
    /// - Returns: their names.
    public static func dropAbandoned(server: String, dryRun: Bool = false) async throws -> [String] {
        let connection = try await PostgresConnection.connect(server, applicationName: "domainflow race")
        let names = await Result.async {
            let names = try await connection.query(
                """
                SELECT d.datname FROM pg_catalog.pg_database AS d
                 WHERE d.datname ~ '^domainflow_race_[0-9a-f]{8}_(template|[0-9]+)$'
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a
                                    WHERE left(d.datname, 24) IN (a.application_name, left(a.datname, 24)))
                 ORDER BY 1
                """
            ).compactMap { $0.text(0) }
            // Without FORCE, so that one that comes into use meanwhile stays.
            for name in names where !dryRun {
                try await connection.execute("DROP DATABASE IF EXISTS \(PostgresQuery.quoteIdentifier(name))")
            }
            return names
        }
        await connection.close()
        return try names.get()
    }

    /// Others may ask for the template while the first is still making it.
    func migratedTemplate() async throws -> String {
        if let readyTemplate { return readyTemplate }
        if let template { return try await template.value }
        let making = Task { try await makeTemplate() }
        template = making
        return try await making.value
    }

    private func makeTemplate() async throws -> String {
        let name = "\(prefix)_template"
        try await make(name, from: "template0")
        let connection = try await PostgresConnection.connect(Self.conninfo(server, database: name), applicationName: "domainflow race")
        do {
            _ = try await Migrator(connection: connection, source: .embedded).up()
            try await connection.execute(Self.historyTable)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        return name
    }

    /// - Parameter error: what PostgreSQL answered; if a right is missing, the error says which rights the lab needs.
    private static func explained(_ error: PostgresError, on connection: PostgresConnection) async -> PostgresError {
        guard error.sqlState == "42501" else { return error }
        let role = (try? await connection.query("SELECT pg_catalog.quote_ident(current_user)").first?.text(0)) ?? "ROLE"
        var explained = error
        explained.hint =
            "The race lab makes databases of its own, and DomainFlow's roles if they are missing: ALTER ROLE \(role) CREATEDB CREATEROLE."
        return explained
    }

    private func make(_ name: String, from template: String) async throws {
        if sentinel == nil {
            let opened = try await PostgresConnection.connect(server, applicationName: prefix)
            // Another database may have been asked for meanwhile.
            if sentinel == nil { sentinel = opened } else { await opened.close() }
        }
        let connection = try await PostgresConnection.connect(server, applicationName: "domainflow race")
        made.insert(name)
        do {
            // Connections that were just closed may still be leaving the template.
            for attempt in 1... {
                do throws(PostgresError) {
                    try await connection.execute(
                        "CREATE DATABASE \(PostgresQuery.quoteIdentifier(name)) TEMPLATE \(PostgresQuery.quoteIdentifier(template))")
                    break
                } catch {
                    guard error.sqlState == "55006", attempt < 50 else { throw await Self.explained(error, on: connection) }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    private static let historyTable = """
        CREATE SCHEMA race;
        CREATE UNLOGGED TABLE race.line (line jsonb);
        CREATE TABLE race.history (
            client int, seq int, op text, args jsonb, started_ns bigint, ended_ns bigint, outcome text, sqlstate text, message text,
            retried text[], result jsonb, deadlocks text[]);
        CREATE INDEX ON race.history (op, outcome);
        """

    /// `server` with another database.
    static func conninfo(_ server: String, database: String) -> String { conninfo(server, "dbname", database) }

    /// `server` with another setting, since libpq takes the last value of a keyword. The value must need no quoting.
    static func conninfo(_ server: String, _ keyword: String, _ value: String) -> String {
        guard server.hasPrefix("postgresql://") || server.hasPrefix("postgres://") else { return "\(server) \(keyword)=\(value)" }
        return server + (server.contains("?") ? "&" : "?") + "\(keyword)=\(value)"
    }
}
