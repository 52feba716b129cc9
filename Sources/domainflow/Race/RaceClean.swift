import ArgumentParser
import RaceLab

struct RaceClean: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Drop what runs left behind that were killed.",
        discussion: """
            Drops the databases domainflow_race_… of this server whose run has ended, those that --keep has kept among them, and removes \
            the sockets of the gate module in /tmp at which nobody listens. Runs under way are left alone.
            """)

    @Flag(help: "Name what would be dropped, and drop nothing.")
    var dryRun = false

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        var databases, sockets: [String]
        var dryRun: Bool
    }

    func run() async throws {
        let server = try await connection.resolve()
        let databases = try await ScratchDatabases.dropAbandoned(server: server, dryRun: dryRun)
        let sockets = GateSockets.removeAbandoned(dryRun: dryRun)
        guard !json else { return try Output.json(Report(databases: databases, sockets: sockets, dryRun: dryRun)) }
        for name in databases { Output.line("\(dryRun ? "would drop" : "dropped") database \(name)") }
        for path in sockets { Output.line("\(dryRun ? "would remove" : "removed") \(path)") }
        if databases.isEmpty, sockets.isEmpty { Output.line("nothing is left of a run that has ended") }
    }
}
