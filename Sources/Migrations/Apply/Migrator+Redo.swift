// `redo` takes steps back and applies them anew. It deletes data, so it first proves that the way back up is there.

import PQClient

extension Migrator {
    /// What `redo` would do: nil if nothing was edited. Throws what would prevent it. Runs the down files and the steps in a transaction
    /// that is rolled back, and holds their locks until then.
    public func redoable(step: Int? = nil) async throws -> Redo? {
        guard let prepared = try await prepareRedo(step) else { return nil }
        return try await withRunner(progress: nil) { try await prove(prepared, with: $0) }
    }

    /// Reverts the unreleased steps that were edited after they were applied, with all later steps, and applies the current text.
    /// `step` also reverts that step, edited or not. Reverts nothing if that is not what was `asked`, or if a trial of it fails.
    @discardableResult
    public func redo(step: Int? = nil, asked: [String]? = nil, progress: Progress? = nil) async throws -> [AppliedStep] {
        guard try await prepareRedo(step) != nil else { return [] }
        try await upgradeTables()
        return try await withRunner(progress: progress) { runner in
            guard let prepared = try await prepareRedo(step) else { return [] }
            try Self.refuse(prepared.items.map(\.row), unlike: asked)
            _ = try await prove(prepared, with: runner)
            _ = try await revert(prepared.items, with: runner, progress)
            return try await applyPending(prepared.set, target: nil, with: runner, progress)
        }
    }

    private struct Prepared: Sendable {
        var set: StepSet
        var items: [Reversal]
        var steps: [Step]
        var sameMeaning: [Int]
    }

    private func prepareRedo(_ step: Int?) async throws -> Prepared? {
        let set = try load()
        var plan = try await plan(set, target: nil)
        try await explainEdits(&plan)
        try await explainUnfinished(&plan)
        let others = plan.sourceProblems + plan.historyProblems
        guard others.isEmpty else { throw MigrationError(plan.sourceProblems.isEmpty ? .drift : .badInput, others) }
        if let step {
            guard let known = set[step], plan.entries.contains(where: { $0.number == step && $0.row != nil }) else {
                throw MigrationError(
                    .badInput, "step \(step) is not applied here", hint: "domainflow migrate status lists the applied steps")
            }
            if let released = set.lock[known.id] {
                throw MigrationError(
                    .badInput, "\(known.id) was released in \(released.release)", file: known.file, line: 1,
                    hint: "redo is for unreleased steps; domainflow migrate down --target \(step - 1) reverts released ones")
            }
        }
        guard let lowest = [step, plan.redoable.first?.number].compactMap({ $0 }).min() else { return nil }
        let items = try reversals(set, try await rows(above: lowest - 1))
        let reverted = Set(items.map(\.row.number))
        let applied = Set(plan.entries.filter { $0.row?.outcome.isApplied == true }.compactMap(\.number)).subtracting(reverted)
        let steps = set.steps.filter { !applied.contains($0.number) } + set.repeatable
        try steps.checkStatements()
        return Prepared(set: set, items: items, steps: steps, sameMeaning: plan.sameMeaning.filter { $0 != step })
    }

    private func prove(_ prepared: Prepared, with runner: StepRunner) async throws -> Redo {
        let ids = Set(prepared.steps.map(\.id))
        var redo = Redo(
            steps: prepared.items.map(\.row.id), applies: prepared.steps.map(\.id),
            lint: try Lint.findings(in: prepared.set).filter { ids.contains($0.step) }, losses: [], sameMeaning: prepared.sameMeaning)
        if let outside = prepared.items.first(where: { !$0.down.header.transactional })?.down.file
            ?? prepared.steps.first(where: { !$0.header.transactional })?.file
        {
            redo.untried = "\(outside) runs outside a transaction, so the way back up was read but not tried"
            return redo
        }
        do {
            redo.losses = try await Trial(runner: runner).losses(prepared.items, prepared.steps)
        } catch let stop as StepStop {
            try? await runner.rollBack()
            // A new value of an enum can be used only once it is committed, which a trial never does.
            guard stop.failure.sqlState != "55P04" else {
                redo.untried = "a step uses a value that an earlier one adds to an enum type, which is possible only once that is committed"
                return redo
            }
            var problem = stop.failure.problem
            problem.message = "the steps cannot be taken back and applied anew: " + stop.failure.message
            problem.hint = [problem.hint, "nothing was changed"].compactMap { $0 }.joined(separator: "\n")
            throw MigrationError(stop.failure.sqlState == "55P03" ? .lock : stop.isVerify ? .drift : .database, [problem])
        } catch {
            try? await runner.rollBack()
            throw error
        }
        return redo
    }
}

/// Takes the steps back and applies them, in one transaction that is rolled back.
private struct Trial {
    let runner: StepRunner

    func losses(_ items: [Reversal], _ steps: [Step]) async throws -> [Redo.Loss] {
        let opened = try await runner.send("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_catalog.pg_backend_pid()")
        let pid = opened.last?.first?.text(0).flatMap { Int($0) } ?? 0
        // Once to learn which tables they touch, whose rows are counted while they are as they were.
        _ = try await runner.send("SAVEPOINT domainflow_trial")
        try await goDown(items, pid)
        let touched = try await runner.send(Self.touched).first?.compactMap { $0.text(0) } ?? []
        _ = try await runner.send("ROLLBACK TO SAVEPOINT domainflow_trial")
        var losses: [Redo.Loss] = []
        for oid in touched {
            guard let name = try await runner.send(Self.name(oid)).first?.first?.text(0) else { continue }
            let rows = try await count(name)
            if rows > 0 { losses.append(Redo.Loss(table: name, rows: rows, remaining: nil)) }
        }
        try await goDown(items, pid)
        for step in steps {
            _ = try await runner.send("SET CONSTRAINTS ALL DEFERRED; " + StepRunner.timeouts(step.header, runner.options))
            for statement in runner.prelude + (try step.statements()) {
                try await runner.execute(statement, of: step.expanded, header: step.header, pid: pid)
            }
            try await runner.settle(step.header, of: step.expanded)
            try await runner.verify(step.header.verify)
        }
        for (place, loss) in losses.enumerated() {
            let exists = try await runner.send("SELECT pg_catalog.to_regclass(\(Literal.text(loss.table))) IS NOT NULL").first?.first
            if exists?.text(0) == "t" { losses[place].remaining = try await count(loss.table) }
        }
        try await runner.rollBack()
        return losses.filter { ($0.remaining ?? -1) < $0.rows }
    }

    private func goDown(_ items: [Reversal], _ pid: Int) async throws {
        for item in items {
            _ = try await runner.send("SET CONSTRAINTS ALL DEFERRED; " + StepRunner.timeouts(item.down.header, runner.options))
            for statement in item.statements {
                try runner.checkInterrupt(item.row.id)
                try await runner.execute(statement, of: item.down.expanded, header: item.down.header, pid: pid)
            }
            try await runner.settle(item.down.header, of: item.down.expanded)
            try await runner.verify(item.down.header.verify)
        }
    }

    private func count(_ table: String) async throws -> Int {
        try await runner.send("SELECT count(*) FROM ONLY \(table)").first?.first?.text(0).flatMap { Int($0) } ?? 0
    }

    /// Relations that this transaction may have taken rows from, dropped ones among them.
    private static let touched = """
        SELECT DISTINCT relation FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted \
        AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AND relation >= 16384
        """

    /// Of a table that has rows of its own.
    private static func name(_ oid: String) -> String {
        """
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n \
        ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) \(oid) AND c.relkind OPERATOR(pg_catalog.=) 'r' \
        AND n.nspname NOT IN ('pg_toast', 'domainflow_migrate')
        """
    }
}
