// What can be found out about a statement outside a transaction whose run did not end, or ended with an error.

import PQClient

extension Migrator {
    /// Looks at a row that says neither applied nor reverted, and whose runner is gone.
    func inspect(_ row: HistoryRow, _ statement: SQLStatement, _ verify: [StepHeader.VerifyStatement]) async throws -> StepEffect {
        if row.outcome == .noEffect { return .none }
        if let index = IndexBuild(statement), index.concurrently {
            guard let found = try await IndexState.find(index, with: connection), found.isValid else { return .none }
            return await found.matches(index, with: connection) == true ? .done : .none
        }
        if let drop = IndexDrop(statement) {
            do {
                let found = try await connection.execute("SELECT pg_catalog.to_regclass(\(Literal.text(drop.index))) IS NULL")
                return found.first?.first?.text(0) == "t" ? .done : .none
            } catch {
                throw MigrationError(database: error)
            }
        }
        if statement.mayRunTwice { return .none }
        // A promise that held before the statement ran says nothing about it.
        guard row.verifiedBefore == false else { return .unknown }
        return await holds(verify) ? .done : .unknown
    }

    func holds(_ verify: [StepHeader.VerifyStatement]) async -> Bool {
        for check in verify {
            let rows = (try? await connection.execute(check.sql))?.first.map { $0.map { $0.text(0) } }
            guard rows == ["t"] else { return false }
        }
        return true
    }

    /// Why a row's outcome is not known, and who can say it.
    func unknown(_ row: HistoryRow, _ step: Step?) async throws -> MigrationError.Problem {
        let sql = """
            SELECT message FROM domainflow_migrate.event WHERE project = \(Literal.text(project)) AND step = \(row.number) \
            AND what = 'failed' ORDER BY event_id DESC LIMIT 1
            """
        let isDown = row.outcome == .reverting
        let why =
            row.outcome == .running
            ? "its runner died while it ran" : (try await connection.own(sql).first?.first?.text(0) ?? "its runner died while it ran")
        let statement = try? (isDown ? step?.down?.statements().first : step?.statements().first)
        return .init(
            "it is not known whether \(row.id) \(isDown ? "was reverted" : "took effect"): \(why)",
            file: isDown ? step?.down?.file : statement?.origin.file, line: statement?.origin.line,
            hint: "look in the database for the effect of: \(statement?.text.prefix(200) ?? "the step")\n"
                + "if the step is in effect: domainflow migrate repair --done \(row.number)\n"
                + "if it is not, or you have taken it back: domainflow migrate repair --undone \(row.number)")
    }

    /// Adds the steps whose outcome only a human can tell. `up` refuses to go on until then.
    func explainUnfinished(_ plan: inout MigrationPlan) async throws {
        for entry in plan.entries {
            guard let row = entry.row, !row.outcome.isApplied, row.outcome != .noEffect, !row.ownerIsAlive else { continue }
            if row.outcome != .reverting, let step = entry.step, !step.header.transactional, let statement = try? step.statements().first,
                try await inspect(row, statement, step.header.verify) != .unknown
            {
                continue
            }
            plan.historyProblems.append(try await unknown(row, entry.step))
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
        case "drop": return words.contains("exists") && !words.contains("concurrently")
        default: return false
        }
    }

    /// Whether nothing of it can be in effect after this failure, or what is can be told from the catalog or does no harm when repeated.
    func leavesNothing(after failure: StepFailure) -> Bool {
        mayRunTwice || IndexDrop(self) != nil || isAtomic && failure.isRefusal
    }

    /// It is one transaction, so an error of the server means that nothing of it remains.
    var isAtomic: Bool {
        switch tokens.first.map(value) {
        case "call", "do": false
        case "drop", "alter", "create": !tokens.contains { $0.kind == .word && value($0) == "concurrently" }
        default: true
        }
    }
}
