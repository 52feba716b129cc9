// Manual changes to the history: baseline and repair. Each records an event.

import PQClient

extension Migrator {
    /// Records steps up to `target` as applied without running them, for databases that received them through CREATE EXTENSION or psql.
    /// Their verify statements must hold, so that an empty database is not baselined by mistake. Returns the ids it recorded.
    /// A step that only builds an index must find it, valid and with its own definition.
    public func baseline(target: Int, progress: Progress? = nil) async throws -> [String] {
        let set = try load()
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
        if try await history() == nil { try await createTables() } else { try await upgradeTables() }
        return try await withRunner(progress: progress) { runner in
            let known = try await history() ?? []
            let steps = set.steps.filter { step in
                step.number <= target && !known.contains { $0.number == step.number && $0.outcome.isApplied }
            }
            guard let first = steps.first else { return [] }
            for step in steps { try await refuseOtherIndex(step) }
            _ = try await runner.untilApplied(id: first.id, number: first.number) { _ in
                do {
                    guard case .mine = try await runner.open(first.header, number: first.number) else { return .busy }
                    for step in steps {
                        try await runner.verify(step.header.verify, kept: "the database does not have this step, so nothing was recorded")
                        _ = try await runner.send(
                            OwnSQL.enter
                                + "; DELETE FROM domainflow_migrate.history WHERE project = \(Literal.text(project)) AND id = \(step.number); "
                                + HistoryTables.insert(
                                    project: project, step: step, release: set.lock[step.id]?.release, duration: nil, outcome: .baseline)
                                + "; "
                                + HistoryTables.event(project: project, step: step.number, what: "baseline") + "; " + OwnSQL.leave)
                    }
                    try await runner.commit([])
                    return .applied(milliseconds: 0)
                } catch let stop as StepStop {
                    try? await runner.rollBack()
                    return try await runner.ended(stop, number: first.number, id: first.id, attempt: 1)
                }
            }
            return steps.map(\.id)
        }
    }

    private func refuseOtherIndex(_ step: Step) async throws {
        guard !step.header.transactional, let statement = try step.statements().first, let index = IndexBuild(statement) else { return }
        let found = try await IndexState.find(index, with: connection)
        let what: String? =
            if let found {
                if !found.isValid {
                    "is invalid"
                } else if await found.matches(index, with: connection) == false {
                    "has another definition"
                } else {
                    nil
                }
            } else { "does not exist" }
        guard let what else { return }
        throw MigrationError(
            .drift, "index \(index.name ?? "") of \(index.table) \(what), so the database does not have \(step.id)", file: step.file,
            line: 1,
            hint: "nothing was recorded; baseline --target \(step.number - 1), then up builds it (drop or rename what has its name)")
    }

    public enum Repair: Sendable, Equatable {
        /// Examines each step that began outside a transaction and did not finish.
        case unfinished
        /// Replaces the recorded checksum with that of the current file, for two texts that have the same effect.
        case accept(Int)
        /// Records an unfinished step as done, because it took effect after all.
        case done(Int)
        /// Deletes the row of an unfinished step, because it had no effect, or that was taken back; `up` runs it again.
        case undone(Int)
        /// Deletes the row; `up` runs the step again if the source contains it.
        case forget(Int)
    }

    /// Returns one sentence per change.
    public func repair(_ repair: Repair) async throws -> [String] {
        guard try await history() != nil else { return [] }
        try await upgradeTables()
        var quick = self
        quick.options.patience = min(options.patience, .seconds(5))
        return try await quick.withRunner(progress: nil) { _ in try await repairNow(repair) }
    }

    private func repairNow(_ repair: Repair) async throws -> [String] {
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
            let set = try load()
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
            try await change(number, set: Self.isDone, message: "\(row.outcome.rawValue) recorded as done")
            return ["\(row.id): recorded as done"]
        case .undone(let number):
            let row = try row(number)
            guard !row.outcome.isApplied else {
                throw MigrationError(
                    .badInput, "\(row.id) is recorded as \(row.outcome.rawValue)",
                    hint: "domainflow migrate down reverts it; domainflow migrate repair --forget \(number) only deletes its row")
            }
            try await change(number, set: nil, message: "\(row.outcome.rawValue) recorded as undone")
            return ["\(row.id): recorded as undone; the next up runs it"]
        case .forget(let number):
            let row = try row(number)
            try await change(number, set: nil, message: "row forgotten; it was \(row.outcome.rawValue), checksum \(row.checksum)")
            return ["\(row.id): removed from the history"]
        }
    }

    private static let isDone = "outcome = 'done', backend_pid = NULL, backend_start = NULL"

    private func repairUnfinished(_ history: [HistoryRow]) async throws -> [String] {
        let set = try load()
        var said: [String] = []
        for row in history where !row.outcome.isApplied {
            if row.ownerIsAlive {
                said.append("\(row.id): its runner is alive; nothing changed")
                continue
            }
            let step = set[row.number]
            let isDown = row.outcome == .reverting
            guard let header = isDown ? step?.down?.header : step?.header, !header.transactional,
                let statement = try isDown ? step?.down?.statements().first : step?.statements().first,
                case let effect = try await inspect(row, statement, header.verify), effect != .unknown
            else {
                said.append(try await unknown(row, step).description)
                continue
            }
            if effect == .done, !isDown, !(await holds(header.verify)) {
                said.append("\(row.id): its statement is in effect, but its verify statements do not hold; nothing changed")
                continue
            }
            if let index = IndexBuild(statement), effect == .none, !isDown {
                said.append(try await repair(row, index))
                continue
            }
            let isApplied = (effect == .done) != isDown
            try await change(
                row.number, set: isApplied ? Self.isDone : nil, message: "found to have \(effect == .done ? "taken" : "had no") effect")
            said.append("\(row.id): \(isApplied ? "is in effect; recorded as done" : "has no effect; the next up runs it")")
        }
        return said
    }

    /// Of a build that did not end. What this step did not make is never dropped.
    private func repair(_ row: HistoryRow, _ index: IndexBuild) async throws -> String {
        let found = try await IndexState.find(index, with: connection)
        if let found, found.isValid, await found.matches(index, with: connection) == true {
            try await change(row.number, set: Self.isDone, message: "index found valid")
            return "\(row.id): index \(found.name) has the step's definition; recorded as done"
        }
        guard let found, !found.isValid else {
            try await change(row.number, set: nil, message: found == nil ? "index not found" : "index has another definition")
            return
                "\(row.id): \(found.map { "index \($0.name) has another definition" } ?? "its index does not exist"); the next up builds it"
        }
        if let builder = try await found.builder(with: connection) {
            return "\(row.id): index \(found.name) is being built at this moment, by \(builder); nothing changed"
        }
        guard row.builtIndex == found.oid else {
            return "\(row.id): index \(found.name) is invalid, but this step did not make it; nothing changed. "
                + "Nobody is building it now; if nobody means to keep it: DROP INDEX CONCURRENTLY \(found.name);"
        }
        do {
            _ = try await connection.execute("DROP INDEX CONCURRENTLY IF EXISTS \(found.name)")
        } catch {
            throw MigrationError(database: error)
        }
        try await change(row.number, set: nil, message: "invalid index dropped")
        return "\(row.id): invalid index \(found.name) dropped; the next up builds it"
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
