import ArgumentParser

@main
struct DomainFlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domainflow",
        abstract: "Versioned stored functions for PostgreSQL: apply them, call them, watch them, hammer them.",
        discussion: """
            Every command takes --database-url, DATABASE_URL or libpq's PG* variables; without any of them it works on a \
            private PostgreSQL in .domainflow of the current directory, which it starts (see `domainflow dev`).

            Exit codes: 0 all right, 1 a check or an invariant failed, 2 bad input (the message has file and line), \
            3 database error, 4 lock or time limit, 5 a threshold of a load was broken, 64 wrong usage.
            """,
        version: ProgramVersion.both,
        subcommands: [
            DevCommand.self,
            MigrateCommand.self,
            RaceCommand.self,
            LoadCommand.self,
            CampaignCommand.self,
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
        } catch {
            Output.exit(for: error)
        }
    }
}
