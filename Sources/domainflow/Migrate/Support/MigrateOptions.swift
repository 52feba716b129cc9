import ArgumentParser
import Foundation
import Migrations
import PQClient

/// The steps and the database they go to.
struct MigrateOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var steps: MigrateSourceOptions

    @Option(
        help: ArgumentHelp(
            "Name of the history, which keeps several step sources in one database apart.",
            discussion: "Default: domainflow for the built-in steps, also when --dir reads them; default for all others."))
    var project: String?

    @Option(
        help: ArgumentHelp(
            "Value of a placeholder, which steps write as :'name' for a literal or :\"name\" for an identifier; may be given more than once.",
            valueName: "name=value"))
    var set: [String] = []

    /// Runs `body` with a connected migrator; its errors are printed and become exit codes.
    func run(_ options: MigratorOptions = .init(), _ body: (Migrator) async throws -> Void) async throws {
        let given = GivenOptions(dir: steps.dir, project: project, databaseURL: connection.databaseURL)
        try await GivenOptions.$current.withValue(given) { try await connected(options, body) }
    }

    private func connected(_ options: MigratorOptions, _ body: (Migrator) async throws -> Void) async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let source = try steps.source()
            let conninfo = try await connection.resolve()
            var options = options
            options.values = try values()
            options.observer = conninfo
            options.isInterrupted = { Interrupt.requested }
            let project = project ?? defaultProject(source)
            let connection = try await PostgresConnection.connect(conninfo, applicationName: "domainflow migrate")
            let migrator = Migrator(connection: connection, source: source, project: project, options: options)
            do {
                try await body(migrator)
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        }
    }

    private func values() throws(MigrationError) -> [String: String] {
        var values: [String: String] = [:]
        for text in set {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts[0].wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*/#) != nil else {
                throw MigrationError(
                    .badInput, "--set \(text) is not of the form name=value", hint: "a name has letters, digits and _, e.g. --set owner=app"
                )
            }
            guard values.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw MigrationError(.badInput, "--set gives \(parts[0]) two values", hint: "give it once")
            }
        }
        return values
    }

    /// A checkout of our own steps continues the history of the built-in ones; a file of the same name does not make one.
    private func defaultProject(_ source: StepSource) -> String {
        steps.dir == nil || source.continues(.embedded) ? "domainflow" : "default"
    }
}
