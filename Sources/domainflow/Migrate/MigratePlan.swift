import ArgumentParser
import Migrations

struct MigratePlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what `up` would do. Changes nothing.",
        discussion: """
            --trace runs the pending steps in one transaction, which takes their locks for real, reports which relations each \
            statement locked and for how long the step would hold them, and rolls back.
            """)

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions

    @Option(help: ArgumentHelp("Up to this step.", valueName: "number"))
    var target: Int?

    @Flag(help: "Run the steps, report their locks, roll back.")
    var trace = false

    @Flag(help: "Allow pending steps numbered below one that is applied already.")
    var allowOutOfOrder = false

    func run() async throws {
        var options = wait.options
        options.allowOutOfOrder = allowOutOfOrder
        try await migrate.run(options) { migrator in
            if trace {
                try MigrateTraceReport(await migrator.trace(target: target)).print(json: migrate.steps.json)
                return
            }
            let plan = try await migrator.plan(target: target)
            try MigratePlanReport(plan).print(json: migrate.steps.json)
            try plan.refuseProblems()
        }
    }
}

struct MigratePlanReport: Encodable {
    struct Pending: Encodable {
        var id: String
        var file: String
        var phase: StepPhase?
        var transactional: Bool
        var statements: Int
        var lockTimeout: String?
    }

    var pending: [Pending]
    var notes: [String]
    var problems: [MigrationError.Problem]

    init(_ plan: Plan) throws {
        pending = try plan.pending.map {
            Pending(
                id: $0.id, file: $0.file, phase: $0.header.phase, transactional: $0.header.transactional,
                statements: try $0.statements().count, lockTimeout: $0.header.lockTimeout)
        }
        notes = plan.notes
        problems = plan.problems
    }

    func print(json: Bool) throws {
        if json { return try Output.json(self) }
        notes.forEach(Output.note)
        guard !pending.isEmpty else { return Output.line("nothing to do") }
        var table = OutputTable(["step", "statements>", "phase", "how"])
        for step in pending {
            let how =
                (step.transactional ? "one transaction" : "outside a transaction") + (step.lockTimeout.map { ", lock-timeout \($0)" } ?? "")
            table.add([step.id, "\(step.statements)", step.phase?.rawValue ?? "", how])
        }
        Output.line(table.render())
    }
}
