import Migrations

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

    init(_ plan: MigrationPlan) throws {
        pending = try plan.pending.map {
            Pending(
                id: $0.id, file: $0.file, phase: $0.header.phase, transactional: $0.header.transactional,
                statements: try $0.statements().count, lockTimeout: $0.header.lockTimeout)
        }
        notes = plan.notes
        problems = plan.problems
    }

    func print(json: Bool, _ tables: TableOptions) throws {
        if json { return try Output.json(self) }
        notes.forEach(Output.note)
        guard !pending.isEmpty else { return Output.line("nothing to do") }
        var table = OutputTable(["step", "statements>", "phase", "how"])
        for step in pending {
            let how =
                (step.transactional ? "one transaction" : "outside a transaction") + (step.lockTimeout.map { ", lock-timeout \($0)" } ?? "")
            table.add([step.id, "\(step.statements)", step.phase?.rawValue ?? "", how])
        }
        Output.line(table.render(width: tables.width))
    }
}
