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

    /// Runs `body` with a connected migrator; its errors are printed and become exit codes.
    func run(_ options: MigratorOptions = .init(), _ body: (Migrator) async throws -> Void) async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let source = try steps.source()
            let conninfo = try await connection.resolve()
            var options = options
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

    /// A checkout of our own steps continues the history of the built-in ones; a file of the same name does not make one.
    private func defaultProject(_ source: StepSource) -> String {
        steps.dir == nil || source.continues(.embedded) ? "domainflow" : "default"
    }
}
