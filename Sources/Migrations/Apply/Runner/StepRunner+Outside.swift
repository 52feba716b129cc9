// A step that cannot run in a transaction, such as CREATE INDEX CONCURRENTLY.
//
// The runner records the step as running, with its owner, before the statement begins, and holds no transaction while it runs: an index
// build would wait for that transaction for ever. Afterwards it records what the statement did: it is done, it had no effect, or that is
// not known. Nothing whose effect is not known is run again.

import PQClient

extension StepRunner {
    func outsideTransaction(_ step: Step, _ statement: SQLStatement, release: String?, attempt: Int) async throws -> Attempt {
        try await refusePooler(step.id, file: step.file)
        let started = ContinuousClock.now
        let row: HistoryRow?
        do {
            switch try await free(step.header, number: step.number) {
            case .busy: return .busy
            case .mine(let found, _, let new):
                if let found, found.outcome.isApplied {
                    try Self.checkSame(found, step)
                    return .done
                }
                try refuseOthers(new, before: step)
                row = found
            }
            var isDone = false
            if let row {
                let effect = row.outcome == .reverting ? StepEffect.unknown : try await migrator.inspect(row, statement, step.header.verify)
                if effect == .unknown { throw MigrationError(.drift, [try await migrator.unknown(row, step)]) }
                isDone = effect == .done
            }
            let index = IndexBuild(statement).flatMap { $0.concurrently ? $0 : nil }
            if !isDone, let index { try await clear(index, statement, row) }
            let before = step.header.verify.isEmpty ? nil : await migrator.holds(step.header.verify)
            try await begin(
                step.header, number: step.number, attempt: attempt,
                [
                    HistoryTables.delete(project: project, number: step.number),
                    HistoryTables.insert(project: project, step: step, release: release, duration: nil, outcome: .running),
                    HistoryTables.own(project: project, number: step.number, outcome: .running, verifiedBefore: before),
                ])
            if !isDone { try await runOnce(step, statement, index, attempt: attempt) }
            try await keep(step.number, attempt: attempt, ifRefused: statement.mayRunTwice ? .noEffect : .unknown) {
                try await verify(
                    step.header.verify,
                    kept: "the statement was committed and stays in effect; nothing runs it again by itself. If all is well: "
                        + "domainflow migrate repair --done \(step.number);\nif you have taken it back: domainflow migrate repair --undone \(step.number)"
                )
            }
            let milliseconds = started.duration(to: .now).milliseconds
            try await finish(
                step.number, HistoryTables.end(project: project, number: step.number, outcome: .done, duration: milliseconds),
                HistoryTables.event(project: project, step: step.number, what: "applied", attempt: attempt, duration: milliseconds))
            return .applied(milliseconds: milliseconds)
        } catch let stop as StepStop {
            try? await rollBack()
            return try await ended(stop, number: step.number, id: step.id, attempt: attempt)
        }
    }

    /// The row, read under the lock; no transaction is left open.
    func free(_ header: StepHeader, number: Int) async throws -> Opened {
        let opened = try await open(header, number: number)
        if case .mine(let row, _, _) = opened {
            try await rollBack()
            if let row, row.ownerIsAlive { return .busy }
        }
        return opened
    }

    /// Says what is about to run, before it runs.
    func begin(_ header: StepHeader, number: Int, attempt: Int, what: String? = nil, _ records: [String]) async throws {
        guard case .mine = try await open(header, number: number) else {
            throw MigrationError(.lock, "another runner took the lock in the middle of step \(number)", hint: "run the same command again")
        }
        try await commit(records + [HistoryTables.event(project: project, step: number, what: "try", attempt: attempt, message: what)])
    }

    /// PgBouncer gives each client a cancel key of its own, so the process id that libpq knows is not that of the backend that answers.
    func refusePooler(_ id: String, file: String) async throws {
        guard try await migrator.isThroughPooler() else { return }
        throw MigrationError(
            .badInput, "\(id) runs outside a transaction, and a pooler stands between here and the server", file: file, line: 1,
            hint:
                "a pooler may move each statement to another backend: connect to PostgreSQL directly, e.g. --database-url with its own port"
        )
    }

    /// Before a build: what has the index's name already. Only an index that this step itself left invalid is dropped.
    private func clear(_ index: IndexBuild, _ statement: SQLStatement, _ row: HistoryRow?) async throws {
        guard let found = try await IndexState.find(index, with: connection) else { return }
        let file = statement.origin.file
        let line = statement.origin.line
        if found.isValid {
            guard await found.matches(index, with: connection) == false else { return }
            throw StepStop(Self.another(found, statement))
        }
        if let builder = try await found.builder(with: connection) {
            throw MigrationError(
                .lock, "index \(found.name) is being built at this moment, by \(builder)", file: file, line: line,
                hint: "wait until that build has ended, then run the same command again")
        }
        guard row?.builtIndex == found.oid else {
            throw StepStop(
                StepFailure(
                    message: "an invalid index \(found.name) already exists, left behind by a failed build that was not this step's",
                    statement: statement.text, file: file, line: line,
                    hint: "nobody is building it now; if nobody means to keep it: DROP INDEX CONCURRENTLY \(found.name);"))
        }
        progress?(.note("dropping \(found.name), which the last attempt left invalid"))
        _ = try await send("DROP INDEX CONCURRENTLY IF EXISTS \(found.name)")
    }

    private static func another(_ found: IndexState, _ statement: SQLStatement) -> StepFailure {
        StepFailure(
            message: "an index \(found.name) already exists, with another definition", statement: statement.text,
            file: statement.origin.file, line: statement.origin.line,
            hint: "give the new one another name, or drop or rename the old one first")
    }

    /// Runs the statement and looks what became of it. The history says it before the error goes on.
    private func runOnce(_ step: Step, _ statement: SQLStatement, _ index: IndexBuild?, attempt: Int) async throws {
        let before = try await index.asyncMap { try await IndexState.find($0, with: connection)?.oid }
        do {
            try await runAlone(statement, of: step.expanded, header: step.header, number: step.number)
            guard let index else { return }
            let found = try await IndexState.find(index, with: connection)
            guard let found, found.isValid else {
                throw StepStop(
                    StepFailure(
                        message:
                            "index \(index.name ?? "") of \(index.table) \(found == nil ? "does not exist" : "is invalid") after its build",
                        statement: statement.text, file: statement.origin.file, line: statement.origin.line,
                        hint: "the next domainflow migrate up builds it again"))
            }
            if found.oid == before, await found.matches(index, with: connection) == false { throw StepStop(Self.another(found, statement)) }
        } catch let stop as StepStop {
            var outcome: StepOutcome = statement.leavesNothing(after: stop.failure) ? .noEffect : .unknown
            var own: Int?
            if let index {
                outcome = .noEffect
                own = try? await leftover(index, before: before, stop.failure)
            }
            try await mark(step.number, outcome, index: own, stop, attempt: attempt)
            throw stop
        }
    }

    /// The invalid index that this run has left: it was not there before, and either was seen being built, or the build itself failed.
    /// Builds of one table wait for each other, so nobody else's can have come between.
    private func leftover(_ index: IndexBuild, before: Int?, _ failure: StepFailure) async throws -> Int? {
        guard let found = try await IndexState.find(index, with: connection), !found.isValid, found.oid != before else { return nil }
        let state = failure.sqlState ?? ""
        return watch.index == found.oid || !(state.hasPrefix("42") || ["55P03", "57014", ""].contains(state)) ? found.oid : nil
    }

    /// Records what an error left behind, and ends the run where that is not known.
    func mark(_ number: Int, _ outcome: StepOutcome, index: Int? = nil, _ stop: StepStop, attempt: Int) async throws {
        try? await rollBack()
        _ = try? await resetSession()
        _ = try? await connection.own(HistoryTables.end(project: project, number: number, outcome: outcome, index: index))
        guard outcome == .unknown || outcome == .reverting else { return }
        await record("failed", number, attempt: attempt, stop.failure)
        var problem = stop.failure.problem
        if stop.isVerify { problem.message = stop.failure.message }
        if !stop.isVerify {
            problem.hint =
                [problem.hint].compactMap { $0 }.joined(separator: "\n") + (problem.hint == nil ? "" : "\n")
                + "it is not known what the statement did before it failed, and nothing runs it again by itself: look, then\n"
                + "domainflow migrate repair --done \(number), if it is in effect, or --undone \(number), if it is not or you have taken it back"
        }
        throw MigrationError(options.isInterrupted() ? .interrupted : stop.isVerify ? .drift : .database, [problem])
    }

    /// What follows a statement that was committed: an error in it must not look as if the statement had failed.
    func keep(_ number: Int, attempt: Int, ifRefused outcome: StepOutcome, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let stop as StepStop {
            try await mark(number, outcome, stop, attempt: attempt)
            throw stop
        }
    }

    /// Without a lock timeout unless the step sets one: a concurrent build that waits blocks no other session, and one that gives up
    /// leaves an invalid index.
    func runAlone(_ statement: SQLStatement, of expanded: ExpandedText, header: StepHeader, number: Int) async throws {
        _ = try await send(
            "SET lock_timeout = \(Literal.text(header.lockTimeout ?? "0")); SET statement_timeout = \(Literal.text(header.statementTimeout ?? "0"))"
        )
        let isBuild = IndexBuild(statement)?.concurrently == true
        try await execute(
            statement, of: expanded, header: header, pid: Int(connection.backendPID), build: isBuild ? (project, number) : nil)
        // Not `send`: whatever goes wrong here, the statement has succeeded.
        _ = try? await resetSession()
    }

    func finish(_ number: Int, _ records: String...) async throws {
        let results = try await send("BEGIN; \(OwnSQL.path); " + (records + ["COMMIT"]).joined(separator: "; "))
        guard results.count > 2, results[2].affectedRows == 1 else {
            throw MigrationError(
                .drift, "step \(number) ran, but another session changed its history row in the meantime",
                hint: "domainflow migrate status shows it")
        }
    }
}

extension Migrator {
    func isThroughPooler() async throws -> Bool {
        do {
            let real = try await connection.execute("SELECT pg_catalog.pg_backend_pid()").first?.first?.text(0) ?? ""
            return real != String(connection.backendPID)
        } catch {
            throw MigrationError(database: error)
        }
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ body: (Wrapped) async throws -> T?) async rethrows -> T? {
        guard let self else { return nil }
        return try await body(self)
    }
}
