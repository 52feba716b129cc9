import ArgumentParser
import Foundation
import Migrations
import PQClient

/// Which steps, and how results are printed.
struct MigrateSourceOptions: ParsableArguments {
    @Option(
        help: "A directory with NNNN_slug.sql files, or with a folder migrations/ that has them. Else the steps built into this program.")
    var dir: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func source() throws -> StepSource {
        guard let dir else { return .embedded }
        return try StepSource(directory: URL(fileURLWithPath: dir, isDirectory: true))
    }
}

/// Which steps on which database.
struct MigrateOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var steps: MigrateSourceOptions

    @Option(
        help: ArgumentHelp(
            "Keeps the histories of several step sources in one database apart.",
            discussion: "Default: domainflow for our own steps, wherever they are read from; default for others."))
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

    /// A checkout of our own steps continues the history of the built-in ones.
    private func defaultProject(_ source: StepSource) -> String {
        guard steps.dir != nil else { return "domainflow" }
        let ours = StepSource.embedded.firstStep
        return ours != nil && source.firstStep == ours ? "domainflow" : "default"
    }
}

/// How long a run insists.
struct MigrateWaitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("For steps that set none: 500ms, 2s, 1min; 0 waits for ever.", valueName: "duration"))
    var lockTimeout = "2s"

    @Option(help: "How often a step that met a lock-timeout or a deadlock is tried, in all.")
    var attempts = 10

    @Option(help: ArgumentHelp("How long one step may wait for locks over all its tries.", valueName: "seconds"))
    var patience = 300

    func validate() throws {
        guard lockTimeout.wholeMatch(of: #/0|[0-9]{1,9} ?(us|ms|s|min|h)/#) != nil else {
            throw ValidationError("--lock-timeout takes a number with its unit, such as 500ms or 2s, not \(lockTimeout)")
        }
        guard attempts > 0, patience >= 0 else { throw ValidationError("--attempts must be above 0, --patience not below") }
    }

    var options: MigratorOptions {
        var options = MigratorOptions()
        options.lockTimeout = lockTimeout
        options.attempts = attempts
        options.patience = .seconds(patience)
        return options
    }
}
