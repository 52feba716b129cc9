import ArgumentParser
import DevCluster
import Foundation
import PQClient

/// The database that a command uses.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .customLong("database-url"),
        help: ArgumentHelp(
            "Database to connect to, as a URI or as libpq's key=value pairs.",
            discussion: "Default: DATABASE_URL, else the PG* variables, else the private PostgreSQL in .domainflow.",
            valueName: "conninfo"))
    var databaseURL: String?

    /// The connection string; starts the private PostgreSQL if no database was named.
    func resolve() async throws -> String {
        try resolve(environment: ProcessInfo.processInfo.environment) {
            let cluster = DevCluster(directory: DevDirectory.url, report: Output.note)
            if try cluster.start() {
                Output.note("started the private PostgreSQL in .domainflow (`domainflow dev stop` ends it)")
            }
            return cluster.url
        }
    }

    func resolve(environment: [String: String], privateCluster: () throws -> String) throws -> String {
        if let databaseURL { return try Self.checked(databaseURL, from: "--database-url") }
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let url = given("DATABASE_URL") { return try Self.checked(url, from: "DATABASE_URL") }
        let names = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"]
        // An empty connection string: libpq reads them itself.
        if names.contains(where: { given($0) != nil }) { return "" }
        return try privateCluster()
    }

    /// libpq takes a URL of another scheme for the name of a database.
    private static func checked(_ conninfo: String, from source: String) throws(CommandFailure) -> String {
        guard let scheme = conninfo.prefixMatch(of: #/([A-Za-z][A-Za-z0-9+.-]*):\/\//#)?.output.1,
            !["postgres", "postgresql"].contains(scheme)
        else { return conninfo }
        throw CommandFailure(
            .badInput, "\(source) begins with \(scheme)://, which is not PostgreSQL's",
            hint: "write postgresql://user@host:5432/database, or libpq's key=value pairs")
    }

    func connect(applicationName: String = "domainflow") async throws -> PostgresConnection {
        try await PostgresConnection.connect(try await resolve(), applicationName: applicationName)
    }
}
