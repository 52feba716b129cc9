// Manual changes to the history: baseline and repair. Each records an event.

import PQClient

extension Migrator {
    /// Records steps up to `target` as applied without running them, for databases that received them through CREATE EXTENSION or psql.
    /// Their verify statements must hold, so that an empty database is not baselined by mistake. Returns the ids it recorded.
    public func baseline(target: Int, progress: Progress? = nil) async throws -> [String] {
        let set = try source.load()
        guard set[target] != nil else {
            throw MigrationError(.badInput, "there is no step \(target)", hint: "domainflow migrate status lists them")
        }
        if project == "domainflow", source.root == nil {
            let found = try await connection.own("SELECT pg_catalog.to_regprocedure('domainflow.version()') IS NOT NULL")
            guard found.first?.first?.text(0) == "t" else {
                throw MigrationError(
                    .drift, "this database has no schema domainflow, so there is nothing to baseline",
                    hint: "domainflow migrate up installs it")
            }
        }
        if try await history() == nil { try await createTables() }
        return try await withRunner(progress: progress) { runner in
            let known = try await history() ?? []
            let steps = set.steps.filter { step in
                step.number <= target && !known.contains { $0.number == step.number && $0.outcome.isApplied }
            }
            guard let first = steps.first else { return [] }
            _ = try await runner.untilApplied(id: first.id, number: first.number) { _ in
                do {
                    guard case .mine = try await runner.open(first.header, number: first.number) else { return .busy }
                    for step in steps {
                        try await runner.verify(step.header.verify)
                        _ = try await runner.send(
                            OwnSQL.enter
                                + "; DELETE FROM domainflow_migrate.history WHERE project = \(Literal.text(project)) AND id = \(step.number); "
                                + HistoryTables.insert(
                                    project: project, step: step, release: set.lock[step.id]?.release, duration: nil, outcome: .baseline)
                                + "; "
                                + HistoryTables.event(project: project, step: step.number, what: "baseline") + "; " + OwnSQL.leave)
                    }
                    try await runner.commit(after: [], [])
                    return .applied(milliseconds: 0)
                } catch let stop as StepStop {
                    try? await runner.rollBack()
                    return try await runner.ended(stop, number: first.number, id: first.id, attempt: 1)
                }
            }
            return steps.map(\.id)
        }
    }

    public enum Repair: Sendable, Equatable {
        /// Examines each step that began outside a transaction and did not finish.
        case unfinished
        /// Replaces the recorded checksum with that of the current file, for two texts that have the same effect.
        case accept(Int)
        /// Records an unfinished step as done, because it took effect after all.
        case done(Int)
        /// Deletes the row; `up` runs the step again if the source contains it.
        case forget(Int)
    }

    /// Returns one sentence per change.
    public func repair(_ repair: Repair) async throws -> [String] {
        guard let history = try await history() else { return [] }
        func row(_ number: Int) throws -> HistoryRow {
            guard let row = history.first(where: { $0.number == number }) else {
                throw MigrationError(
                    .badInput, "step \(number) is not in the history", hint: "domainflow migrate status lists the recorded steps")
            }
            guard !(row.outcome == .running && row.ownerIsAlive) else {
                throw MigrationError(.lock, "\(row.id) is still running", hint: "wait until its runner has finished, or terminate it first")
            }
            return row
        }
        switch repair {
        case .unfinished:
            return try await repairUnfinished(history)
        case .accept(let number):
            let set = try source.load()
            let row = try row(number)
            guard let step = set[number] else { throw MigrationError(.badInput, "there is no step \(number) in \(source.label)") }
            if let locked = set.lock[step.id], locked.checksum != step.checksum {
                throw MigrationError(
                    .badInput, "\(step.id) differs from what \(locked.release) released", file: step.file, line: 1,
                    hint: "restore the file first: a text that was never released must not be recorded as released")
            }
            try await change(
                number, set: "checksum = \(Literal.text(step.checksum)), parts = \(Literal.text(step.parts))",
                message: "checksum \(row.checksum) replaced by \(step.checksum)")
            return ["\(step.id): recorded the checksum of the current file (\(MigrationPlan.short(step.checksum)))"]
        case .done(let number):
            let row = try row(number)
            guard !row.outcome.isApplied else { return [] }
            try await change(
                number, set: "outcome = 'done', backend_pid = NULL, backend_start = NULL",
                message: "\(row.outcome.rawValue) recorded as done")
            return ["\(row.id): recorded as done"]
        case .forget(let number):
            let row = try row(number)
            try await change(number, set: nil, message: "row forgotten; it was \(row.outcome.rawValue), checksum \(row.checksum)")
            return ["\(row.id): removed from the history"]
        }
    }

    private func repairUnfinished(_ history: [HistoryRow]) async throws -> [String] {
        let set = try source.load()
        var said: [String] = []
        for row in history where !row.outcome.isApplied {
            if row.ownerIsAlive {
                said.append("\(row.id): its runner is alive; nothing changed")
                continue
            }
            guard let step = set[row.number], let index = try step.statements().first.flatMap(IndexBuild.init) else {
                said.append(
                    "\(row.id): \(row.outcome.rawValue); it cannot be determined whether it took effect. Check the database, then run repair --done \(row.number) or --forget \(row.number)"
                )
                continue
            }
            let found = try await IndexState.find(index, with: connection)
            if found?.isValid == true {
                try await change(
                    row.number, set: "outcome = 'done', backend_pid = NULL, backend_start = NULL", message: "index found valid")
                said.append("\(row.id): index \(found?.name ?? "") is valid; recorded as done")
            } else {
                if let found { _ = try await connection.execute("DROP INDEX CONCURRENTLY IF EXISTS \(found.name)") }
                try await change(row.number, set: nil, message: found == nil ? "index not found" : "invalid index dropped")
                said.append(
                    "\(row.id): \(found.map { "invalid index \($0.name) dropped" } ?? "its index does not exist"); the next up builds it")
            }
        }
        return said
    }

    /// Deletes the row if `set` is nil.
    private func change(_ number: Int, set: String?, message: String) async throws {
        let place = "WHERE project = \(Literal.text(project)) AND id = \(number)"
        let statement =
            set.map { "UPDATE domainflow_migrate.history SET \($0) \(place)" } ?? "DELETE FROM domainflow_migrate.history \(place)"
        do {
            _ = try await connection.execute(
                "BEGIN; \(OwnSQL.path); \(statement); \(HistoryTables.event(project: project, step: number, what: "repaired", message: message)); COMMIT"
            )
        } catch {
            _ = try? await connection.execute("ROLLBACK")
            throw MigrationError(database: error)
        }
    }
}
