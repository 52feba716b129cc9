import ArgumentParser

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the schema of a database up to date, step by step.",
        discussion: """
            The steps are those built into this program, or with --dir the NNNN_slug.sql files of a directory. Each step is applied \
            exactly once, in one transaction with its history row (schema domainflow_migrate), however many runners start at once. \
            When a step fails, it leaves nothing behind, and the steps before it stay applied.

            A step with --! transaction: no holds one statement, such as CREATE INDEX CONCURRENTLY. If it is not known whether the \
            statement took effect, nothing runs it again until migrate repair --done or --undone says how it is.

            Headers (--! name: value) stand in the head of a file, --! include lines anywhere. Rows of a COPY … FROM STDIN may follow the \
            statement and end with a line \\. as in psql. A step may ask for values as :'name' (a literal) or :"name" (an identifier), which \
            --set name=value gives. R_slug.sql is repeatable, for views and functions: it runs after the numbered steps, and again whenever \
            its text has changed or a step was reverted.

            A step that waits for a lock longer than its lock-timeout (2s unless the step sets one) is rolled back and tried again, with \
            growing pauses, up to 10 times or 5 minutes. The command prints which sessions block it.

            Exit codes: 0 success; 1 the database and the steps disagree, a verify statement failed, findings of lint, or pending \
            steps with status --check; 2 bad input (the message gives file and line); 3 database error; 4 a lock was not obtained; \
            64 wrong usage; 130 interrupted (applied steps stay).
            """,
        subcommands: [
            MigratePlan.self, MigrateUp.self, MigrateStatus.self, MigrateVerify.self, MigrateDown.self, MigrateRedo.self,
            MigrateBaseline.self, MigrateRepair.self, MigrateNew.self, MigrateImport.self, MigrateShow.self, MigrateLint.self,
            MigrateSupersede.self,
            MigrateFreeze.self,
        ])
}
