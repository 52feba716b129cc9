import Migrations

struct MigrateTraceReport {
    var trace: Trace

    init(_ trace: Trace) { self.trace = trace }

    func print(json: Bool, _ tables: TableOptions) throws {
        if json { return try Output.json(trace) }
        if trace.steps.isEmpty { return Output.line("nothing to do") }
        for step in trace.steps {
            if let reason = step.skipped {
                Output.line("\(step.id): not traced, \(reason)\n")
                continue
            }
            Output.line("\(step.id): \(step.statements.count) statements in \(OutputFormat.duration(seconds: step.milliseconds / 1000))")
            if step.locks.isEmpty {
                Output.line("  locks no relation that existed before\n")
                continue
            }
            var table = OutputTable(["relation", "lock", "held until step ends>", "taken at", ""])
            for lock in step.locks {
                table.add([
                    lock.relation, lock.mode, OutputFormat.duration(seconds: lock.heldMilliseconds / 1000), "\(lock.file):\(lock.line)",
                    lock.rewritten ? "table rewritten" : "",
                ])
            }
            Output.line(table.render(indent: "  ", width: tables.width))
        }
        Output.note("everything was rolled back")
    }
}
