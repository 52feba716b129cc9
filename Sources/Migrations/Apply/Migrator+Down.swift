// Reverts steps with their down files, the last one first.

import PQClient

extension Migrator {
    /// Reverts all applied steps numbered above `target`. Throws before it reverts any of them if one cannot be reverted.
    @discardableResult
    public func down(target: Int, progress: Progress? = nil) async throws -> [String] {
        let set = try source.load()
        return try await revert(set, rows(above: target), progress: progress)
    }

    /// The steps that `down` would revert, in order, so that the user can confirm.
    public func revertible(above target: Int) async throws -> [String] {
        try await rows(above: target).map(\.id)
    }

    /// Reverts the unreleased steps that were edited after they were applied, with all later steps, and applies the current text.
    /// `step` also reverts that step, edited or not.
    @discardableResult
    public func redo(step: Int? = nil, progress: Progress? = nil) async throws -> [AppliedStep] {
        let set = try source.load()
        let plan = try await plan(set, target: nil)
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
        guard let lowest = [step, plan.redoable.first?.number].compactMap({ $0 }).min() else { return [] }
        try await revert(set, rows(above: lowest - 1), progress: progress)
        return try await up(progress: progress)
    }

    private func rows(above target: Int) async throws -> [HistoryRow] {
        try await (history() ?? []).filter { $0.number > target }.sorted { $0.rank > $1.rank }
    }

    @discardableResult
    private func revert(_ set: StepSet, _ rows: [HistoryRow], progress: Progress?) async throws -> [String] {
        var problems: [MigrationError.Problem] = []
        var downs: [(row: HistoryRow, down: DownStep, statements: [SQLStatement])] = []
        for row in rows {
            guard row.outcome.isApplied else {
                problems.append(
                    .init("\(row.id) is not finished (\(row.outcome.rawValue))", hint: "run domainflow migrate repair, then try again"))
                continue
            }
            guard let step = set[row.number] else {
                problems.append(
                    .init("\(row.id) is applied, but the current steps do not contain it", hint: "use the program or directory that does"))
                continue
            }
            guard let down = step.down else {
                problems.append(
                    .init(
                        "\(step.id) has no down file", file: step.file, line: 1,
                        hint: "write \(step.file.dropLast(4)).down.sql; on a private cluster: domainflow dev reset && domainflow migrate up"
                    ))
                continue
            }
            do {
                downs.append((row, down, try down.statements()))
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw MigrationError(.badInput, problems) }
        let planned = downs
        return try await withRunner(progress: progress) { runner in
            var reverted: [String] = []
            for item in planned {
                guard try await runner.revert(item.row, item.down, item.statements) else { continue }
                reverted.append(item.row.id)
                progress?(.reverted(id: item.row.id))
            }
            return reverted
        }
    }
}

extension StepRunner {
    /// False when another runner has reverted it in the meantime.
    func revert(_ row: HistoryRow, _ down: DownStep, _ statements: [SQLStatement]) async throws -> Bool {
        let end = try await untilApplied(id: row.id, number: row.number) { attempt in
            do {
                guard case .mine(let current, let pid) = try await open(down.header, number: row.number) else { return .busy }
                guard current?.outcome.isApplied == true else {
                    try await rollBack()
                    return .done
                }
                let started = ContinuousClock.now
                if !down.header.transactional { try await rollBack() }
                try await run(statements, of: down.expanded, header: down.header, id: row.id, pid: pid)
                if !down.header.transactional { _ = try await open(down.header, number: row.number) }
                try await verify(down.header.verify)
                let milliseconds = started.duration(to: .now).milliseconds
                try await commit(
                    after: statements,
                    [
                        "DELETE FROM domainflow_migrate.history WHERE project = \(Literal.text(project)) AND id = \(row.number)",
                        HistoryTables.event(project: project, step: row.number, what: "reverted", attempt: attempt, duration: milliseconds),
                    ])
                return .applied(milliseconds: milliseconds)
            } catch let stop as StepStop {
                try? await rollBack()
                return try await ended(stop, number: row.number, id: row.id, attempt: attempt)
            } catch {
                try? await rollBack()
                throw error
            }
        }
        return end != nil
    }
}
