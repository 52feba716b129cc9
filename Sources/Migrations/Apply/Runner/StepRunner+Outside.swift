// A step that cannot run in a transaction, such as CREATE INDEX CONCURRENTLY.
//
// The runner records the step as running, with its owner, before the step begins, and holds no lock and no transaction while it
// runs: the index build would wait for that transaction for ever. Another runner that finds the row polls while the owner is alive,
// and takes the step over when it is not.

import PQClient

extension StepRunner {
    func outsideTransaction(
        _ step: Step, _ statement: SQLStatement, release: String?, attempt: Int
    ) async throws -> Attempt {
        try await refusePooler(step)
        let started = ContinuousClock.now
        do {
            let previous: StepOutcome?
            switch try await claim(step, release: release, attempt: attempt) {
            case .busy: return .busy
            case .done: return .done
            case .mine(let outcome): previous = outcome
            }
            if try await mustRun(step, statement, previous: previous) {
                try await runAlone(statement, of: step.expanded, header: step.header)
            }
            if let index = IndexBuild(statement), index.concurrently { try await checkValid(index, statement) }
            try await verify(step.header.verify)
            let milliseconds = started.duration(to: .now).milliseconds
            try await finish(step.number, milliseconds: milliseconds, attempt: attempt)
            return .applied(milliseconds: milliseconds)
        } catch let stop as StepStop {
            _ = try? await connection.execute(
                "ROLLBACK; BEGIN; \(OwnSQL.path); UPDATE domainflow_migrate.history SET outcome = 'failed', backend_pid = NULL, backend_start = NULL "
                    + "WHERE project = \(Literal.text(project)) AND id = \(step.number) AND outcome = 'running' "
                    + "AND backend_pid = pg_catalog.pg_backend_pid(); COMMIT")
            return try await ended(stop, number: step.number, id: step.id, attempt: attempt)
        }
    }

    /// PgBouncer gives each client a cancel key of its own, so the process id that libpq knows is not that of the backend that answers.
    private func refusePooler(_ step: Step) async throws {
        let real = try await send("SELECT pg_catalog.pg_backend_pid()").first?.first?.text(0) ?? ""
        guard real != String(connection.backendPID) else { return }
        throw MigrationError(
            .badInput, "\(step.id) runs outside a transaction, and a pooler stands between here and the server", file: step.file, line: 1,
            hint:
                "a pooler may move each statement to another backend: connect to PostgreSQL directly, e.g. --database-url with its own port"
        )
    }

    private enum Claim {
        case busy, done
        case mine(previous: StepOutcome?)
    }

    private func claim(_ step: Step, release: String?, attempt: Int) async throws -> Claim {
        guard case .mine(let row, _) = try await open(step.header, number: step.number) else { return .busy }
        if let row {
            if row.outcome.isApplied {
                try await rollBack()
                try Self.checkSame(row, step)
                return .done
            }
            if row.outcome == .running, row.ownerIsAlive {
                try await rollBack()
                return .busy
            }
        }
        let records = [
            "DELETE FROM domainflow_migrate.history WHERE project = \(Literal.text(project)) AND id = \(step.number)",
            HistoryTables.insert(
                project: project, step: step, release: release, duration: nil, outcome: .running, ownedByThisBackend: true),
            HistoryTables.event(project: project, step: step.number, what: "try", attempt: attempt),
        ]
        try await commit(after: [], records)
        return .mine(previous: row?.outcome)
    }

    /// False when an earlier attempt succeeded but was not recorded.
    private func mustRun(_ step: Step, _ statement: SQLStatement, previous: StepOutcome?) async throws -> Bool {
        if let index = IndexBuild(statement), index.concurrently {
            guard let found = try await IndexState.find(index, with: connection) else { return true }
            if found.isValid { return previous == nil }
            guard previous != nil else {
                throw StepStop(
                    StepFailure(
                        message: "an invalid index \(found.name) already exists, left behind by a failed build", statement: statement.text,
                        file: statement.origin.file, line: statement.origin.line, hint: "DROP INDEX CONCURRENTLY \(found.name);"))
            }
            progress?(.note("dropping \(found.name), which the last attempt left invalid"))
            _ = try await send("DROP INDEX CONCURRENTLY IF EXISTS \(found.name)")
            return true
        }
        guard previous == .running, !statement.mayRunTwice else { return true }
        guard !step.header.verify.isEmpty else {
            throw StepStop(
                StepFailure(
                    message: "the last attempt at \(step.id) was cut short, and it cannot be determined whether the statement took effect",
                    statement: statement.text,
                    file: statement.origin.file, line: statement.origin.line,
                    hint:
                        "check the database, then run domainflow migrate repair --done \(step.number) or domainflow migrate repair --forget \(step.number);\n"
                        + "with a --! verify: line in the step, the runner could have told"))
        }
        do {
            try await verify(step.header.verify)
            return false
        } catch is StepStop {
            return true
        }
    }

    /// Without a lock timeout unless the step sets one: a concurrent build that waits blocks no other session, and one that gives up
    /// leaves an invalid index.
    private func runAlone(_ statement: SQLStatement, of expanded: ExpandedText, header: StepHeader) async throws {
        _ = try await send(
            "SET lock_timeout = \(Literal.text(header.lockTimeout ?? "0")); SET statement_timeout = \(Literal.text(header.statementTimeout ?? "0"))"
        )
        do {
            try await execute(statement, of: expanded, header: header, pid: Int(connection.backendPID))
            _ = try await send("RESET lock_timeout; RESET statement_timeout")
        } catch {
            _ = try? await connection.execute("RESET lock_timeout; RESET statement_timeout")
            throw error
        }
    }

    /// IF NOT EXISTS accepts an existing index of that name, valid or not.
    private func checkValid(_ index: IndexBuild, _ statement: SQLStatement) async throws {
        let found = try await IndexState.find(index, with: connection)
        guard found?.isValid != true else { return }
        throw StepStop(
            StepFailure(
                message: "index \(index.name ?? "") of \(index.table) \(found == nil ? "does not exist" : "is invalid") after its build",
                statement: statement.text, file: statement.origin.file, line: statement.origin.line,
                hint: "the next domainflow migrate up drops it and builds it again"))
    }

    private func finish(_ number: Int, milliseconds: Double, attempt: Int) async throws {
        let results = try await send(
            "BEGIN; \(OwnSQL.path); UPDATE domainflow_migrate.history SET outcome = 'done', duration_ms = \(milliseconds), applied_at = pg_catalog.clock_timestamp(), "
                + "backend_pid = NULL, backend_start = NULL WHERE project = \(Literal.text(project)) AND id = \(number) AND outcome = 'running' "
                + "AND backend_pid = pg_catalog.pg_backend_pid(); "
                + HistoryTables.event(project: project, step: number, what: "applied", attempt: attempt, duration: milliseconds)
                + "; COMMIT")
        guard results.count > 2, results[2].affectedRows == 1 else {
            throw MigrationError(
                .drift, "step \(number) ran, but another session changed its history row in the meantime",
                hint: "domainflow migrate status shows it")
        }
    }
}

extension SQLStatement {
    /// Repeating it does no harm, so the runner repeats an attempt whose outcome is unknown.
    var mayRunTwice: Bool {
        let words = words(6)
        switch words.first {
        case "vacuum", "analyze", "reindex", "refresh", "cluster", "checkpoint": return true
        case "alter": return words.dropFirst().first == "system"
        case "drop": return words.contains("exists")
        default: return false
        }
    }
}
