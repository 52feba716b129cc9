// Reverts one step with its down file, in a transaction or outside one.

import PQClient

extension StepRunner {
    /// False when another runner has reverted it in the meantime.
    func revert(_ item: Reversal) async throws -> Bool {
        let row = item.row
        let end = try await untilApplied(id: row.id, number: row.number) { attempt in
            do {
                return try await item.down.header.transactional
                    ? revertInTransaction(item, attempt: attempt) : revertOutside(item, attempt: attempt)
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

    private func revertInTransaction(_ item: Reversal, attempt: Int) async throws -> Attempt {
        let (row, down) = (item.row, item.down)
        guard case .mine(let current, let pid, let new) = try await open(down.header, number: row.number) else { return .busy }
        guard let current else {
            try await rollBack()
            return .done
        }
        try refuseNew(new, current, item)
        let started = ContinuousClock.now
        try await run(item.statements, of: down.expanded, header: down.header, id: row.id, pid: pid)
        try await settle(down.header, of: down.expanded)
        try await verify(down.header.verify)
        let milliseconds = started.duration(to: .now).milliseconds
        try await commit([
            HistoryTables.delete(project: project, number: row.number),
            HistoryTables.forgetRepeated(project: project),
            HistoryTables.event(project: project, step: row.number, what: "reverted", attempt: attempt, duration: milliseconds),
        ])
        return .applied(milliseconds: milliseconds)
    }

    /// The history says "reverting" before the statement runs, and keeps saying so if nobody can know what it did.
    private func revertOutside(_ item: Reversal, attempt: Int) async throws -> Attempt {
        let (number, down, statement) = (item.row.number, item.down, item.statements[0])
        try await refusePooler(item.row.id, file: down.file)
        let started = ContinuousClock.now
        guard case .mine(let current, _, let new) = try await free(down.header, number: number) else { return .busy }
        guard let current else { return .done }
        try refuseNew(new, current, item)
        let effect = current.outcome == .reverting ? try await migrator.inspect(current, statement, down.header.verify) : .none
        if effect == .unknown { throw MigrationError(.drift, [try await migrator.unknown(current, item.step)]) }
        let before = down.header.verify.isEmpty ? nil : await migrator.holds(down.header.verify)
        try await begin(
            down.header, number: number, attempt: attempt, what: "down",
            [HistoryTables.own(project: project, number: number, outcome: .reverting, verifiedBefore: before)])
        if effect == .none {
            do {
                try await runAlone(statement, of: down.expanded, header: down.header, number: number)
            } catch let stop as StepStop {
                let applied: StepOutcome = current.outcome == .baseline ? .baseline : .done
                try await mark(number, statement.leavesNothing(after: stop.failure) ? applied : .reverting, stop, attempt: attempt)
                throw stop
            }
        }
        try await keep(number, attempt: attempt, ifRefused: .reverting) {
            try await verify(
                down.header.verify,
                kept: "the down file's statement was committed. If the step is reverted: domainflow migrate repair --undone \(number);\n"
                    + "if it is still in effect: domainflow migrate repair --done \(number)")
        }
        let milliseconds = started.duration(to: .now).milliseconds
        try await finish(
            number, "DELETE FROM domainflow_migrate.history WHERE " + HistoryTables.mine(project, number),
            HistoryTables.forgetRepeated(project: project),
            HistoryTables.event(project: project, step: number, what: "reverted", attempt: attempt, duration: milliseconds))
        return .applied(milliseconds: milliseconds)
    }

    /// Nothing that came after the question is reverted, and nothing is taken away from under it.
    private func refuseNew(_ new: [HistoryRow], _ current: HistoryRow, _ item: Reversal) throws {
        guard current.outcome.isApplied || current.outcome == .reverting else {
            throw MigrationError(
                .drift, "\(current.id) is not finished (\(current.outcome.rawValue))", hint: "run domainflow migrate repair, then try again"
            )
        }
        guard let other = new.first else { return }
        throw MigrationError(
            .drift, "another runner has applied \(other.id) in the meantime, on top of \(item.row.id)",
            hint: "\(item.row.id) stays; ask again, and decide about both")
    }
}
