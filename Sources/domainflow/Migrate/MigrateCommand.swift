import ArgumentParser

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring a database's schema up to date, step by step.",
        discussion: """
            The steps are those built into this program, or with --dir any directory of NNNN_slug.sql files. Each step is applied \
            exactly once, in one transaction with its history row (schema domainflow_migrate), however many runners start at once. \
            What was applied stays when a later step fails; a failed step leaves nothing behind.

            A step waits for a lock no longer than its lock-timeout (2s unless it says otherwise) and is then rolled back and tried \
            again, with growing pauses, 10 times or for 5 minutes; who is in the way is printed.

            Exit codes: 0 all right; 1 the database and the steps disagree, a verify statement failed, findings of lint, or pending \
            steps with status --check; 2 bad input (the message has file and line); 3 database error; 4 a lock was not obtained; \
            64 wrong usage; 130 interrupted (what was applied stays).
            """,
        subcommands: [
            MigratePlan.self, MigrateUp.self, MigrateStatus.self, MigrateVerify.self, MigrateDown.self, MigrateRedo.self,
            MigrateBaseline.self, MigrateRepair.self, MigrateNew.self, MigrateShow.self, MigrateLint.self, MigrateSupersede.self,
            MigrateFreeze.self,
        ])
}
