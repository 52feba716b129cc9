import ArgumentParser

@main
struct DomainFlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domainflow",
        abstract: "Versioned stored functions for PostgreSQL: install, call, watch and stress-test them.",
        discussion: """
            Commands that need a database take it from --database-url, DATABASE_URL or libpq's PG* variables. Without any of these they \
            start and use a private PostgreSQL in .domainflow of the current directory (see `domainflow dev`).

            Exit codes: 0 success, 1 a check or an invariant failed, 2 bad input (the message gives file and line), \
            3 database error, 4 lock or time limit, 5 a load broke a threshold, 64 wrong usage, 130 interrupted.
            """,
        version: ProgramVersion.both,
        subcommands: [
            DevCommand.self,
            MigrateCommand.self,
            RaceCommand.self,
            LoadCommand.self,
            CampaignCommand.self,
            AuthzCommand.self,
            WorkCommand.self,
            DemoCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try Output.check()
        } catch {
            Output.exit(for: error, of: Self.self)
        }
    }
}
