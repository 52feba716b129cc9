import Migrations

/// What `up` would do, and why it would not: with the exit code that `up` would have.
struct MigratePlanReport: Encodable {
    struct Pending: Encodable {
        var id: String
        var file: String
        var phase: StepPhase?
        var transactional: Bool
        var statements: Int
        var lockTimeout: String?
        /// With --sql: what `up` would send, in order.
        var sql: [String]?
    }

    var pending: [Pending]
    var notes: [String]
    /// As in the report of a failed `up`.
    var error: MigrationError.Kind?
    var problems: [MigrationError.Problem]

    init(_ plan: MigrationPlan, sql: Bool = false) throws {
        let readable = plan.pending.filter { (try? $0.statements()) != nil }
        pending = try readable.map {
            Pending(
                id: $0.id, file: $0.file, phase: $0.header.phase, transactional: $0.header.transactional,
                statements: try $0.statements().count, lockTimeout: $0.header.lockTimeout,
                sql: sql ? try $0.statements().map(\.script) : nil)
        }
        notes = plan.notes
        do { try plan.refuseProblems() } catch { self.error = error.kind }
        problems = plan.problems.map(\.shown)
    }

    func print(json: Bool, _ tables: TableOptions) throws {
        if json { try Output.json(self) } else { show(tables) }
        guard let error else { return }
        MigrateFailure.show(MigrationError(error, problems))
        throw MigrateFailure.status(of: error).code
    }

    private func show(_ tables: TableOptions) {
        notes.forEach(Output.note)
        guard !pending.isEmpty else {
            if error == nil { Output.line("nothing to do") }
            return
        }
        if pending.contains(where: { $0.sql != nil }) {
            for step in pending {
                Output.document(
                    "-- \(step.file)\(step.transactional ? "" : ": outside a transaction")\n\n"
                        + (step.sql ?? []).map { $0 + "\n" }.joined())
            }
            return
        }
        var table = OutputTable(["step", "statements>", "phase", "how"])
        for step in pending {
            let how =
                (step.transactional ? "one transaction" : "outside a transaction") + (step.lockTimeout.map { ", lock-timeout \($0)" } ?? "")
            table.add([step.id, "\(step.statements)", step.phase?.rawValue ?? "", how])
        }
        Output.line(table.render(width: tables.width))
    }
}
