import PQClient

/// The locks that the pending steps would take, measured by running the steps in one transaction and rolling it back.
public struct Trace: Sendable, Codable {
    public struct RelationLock: Sendable, Codable, Equatable {
        public var relation: String
        public var mode: String
        /// Where the statement that took the lock is written.
        public var file: String
        public var line: Int
        /// From the statement that took the lock until its step would have committed.
        public var heldMilliseconds: Double
        /// The step rewrote the table; the lock lasts as long as the rewrite.
        public var rewritten: Bool
    }

    public struct Statement: Sendable, Codable {
        public var text: String
        public var file: String
        public var line: Int
        public var milliseconds: Double
    }

    public struct TracedStep: Sendable, Codable {
        public var id: String
        /// Why the step was not traced.
        public var skipped: String?
        public var milliseconds: Double
        public var statements: [Statement]
        /// On relations that existed before the steps, since no other session can wait for the new ones.
        public var locks: [RelationLock]
    }

    public var steps: [TracedStep]
}

extension Migrator {
    public func trace(target: Int? = nil) async throws -> Trace {
        let plan = try await plan(target: target)
        try plan.refuseProblems()
        return try await withRunner(progress: nil) { runner in
            do {
                let trace = try await Tracer(runner: runner).trace(plan.pending)
                try await runner.rollBack()
                return trace
            } catch let stop as StepStop {
                try? await runner.rollBack()
                var problem = stop.failure.problem
                let wayOut =
                    stop.failure.sqlState == "55P03"
                    ? stop.blockers.map { "blocked by \($0)" }
                    : plan.pending.contains { !$0.header.transactional }
                        ? ["a step that depends on a step outside a transaction cannot be traced until that one is applied"] : []
                problem.hint = ([problem.hint].compactMap { $0 } + wayOut + ["nothing was changed"]).joined(separator: "\n")
                throw MigrationError(stop.failure.sqlState == "55P03" ? .lock : .database, [problem])
            } catch {
                try? await runner.rollBack()
                throw error
            }
        }
    }

    /// All steps and their states. Changes nothing, and reports problems instead of throwing them.
    public func status() async throws -> MigrationPlan {
        let set = try load()
        var plan = try await plan(set, target: nil)
        try await explainEdits(&plan)
        return plan
    }
}

private struct Tracer {
    let runner: StepRunner

    struct Relation {
        var name: String
        var file: String
    }

    private struct Held {
        var relation: Int
        var mode: String
        var statement: SQLStatement
        var since: ContinuousClock.Instant
    }

    func trace(_ steps: [Step]) async throws -> Trace {
        let opened = try await runner.send("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_catalog.pg_backend_pid()")
        let pid = opened.last?.first?.text(0).flatMap { Int($0) } ?? 0
        let before = try await relations()
        var traced: [Trace.TracedStep] = []
        for step in steps {
            guard step.header.transactional else {
                traced.append(
                    .init(id: step.id, skipped: "runs outside a transaction", milliseconds: 0, statements: [], locks: []))
                continue
            }
            do {
                traced.append(try await trace(step, pid: pid, before: before))
            } catch let stop as StepStop where stop.failure.sqlState == "55P04" {
                // `up` commits before it gets here; the trace cannot.
                let rest = steps[traced.count...].map {
                    Trace.TracedStep(
                        id: $0.id,
                        skipped: $0.id == step.id
                            ? "it uses a value that an earlier step adds to an enum type, which is possible only once that step is committed"
                            : "it comes after a step that cannot be traced", milliseconds: 0, statements: [], locks: [])
                }
                return Trace(steps: traced + rest)
            }
        }
        return Trace(steps: traced)
    }

    private func trace(_ step: Step, pid: Int, before: [Int: Relation]) async throws -> Trace.TracedStep {
        // Those of the step before were checked at its end, as `up` checks them.
        _ = try await runner.send("SET CONSTRAINTS ALL DEFERRED; " + StepRunner.timeouts(step.header, runner.options))
        var known = try await locks()
        var held: [Held] = []
        var statements: [Trace.Statement] = []
        let begin = ContinuousClock.now
        for statement in runner.prelude { try await runner.execute(statement, of: step.expanded, header: step.header, pid: pid) }
        for statement in try step.statements() {
            try runner.checkInterrupt(step.id)
            let since = ContinuousClock.now
            try await runner.execute(statement, of: step.expanded, header: step.header, pid: pid)
            statements.append(
                .init(
                    text: String(statement.text.prefix(200)), file: statement.origin.file, line: statement.origin.line,
                    milliseconds: since.duration(to: .now).milliseconds))
            let now = try await locks()
            for lock in now.subtracting(known) where before[lock.relation] != nil {
                held.append(Held(relation: lock.relation, mode: lock.mode, statement: statement, since: since))
            }
            known = now
        }
        try await runner.settle(step.header, of: step.expanded)
        try await runner.verify(step.header.verify)
        let end = ContinuousClock.now
        let after = try await relations()
        return Trace.TracedStep(
            id: step.id, skipped: nil, milliseconds: begin.duration(to: end).milliseconds, statements: statements,
            locks: held.map { lock in
                Trace.RelationLock(
                    relation: before[lock.relation]?.name ?? "", mode: lock.mode, file: lock.statement.origin.file,
                    line: lock.statement.origin.line, heldMilliseconds: lock.since.duration(to: end).milliseconds,
                    rewritten: after[lock.relation].map { $0.file != before[lock.relation]?.file } ?? false)
            })
    }

    private struct Lock: Hashable {
        var relation: Int
        var mode: String
    }

    private func locks() async throws -> Set<Lock> {
        let sql = """
            SELECT relation, mode FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted \
            AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """
        return Set(
            try await runner.send(sql).first?.map { Lock(relation: $0.text(0).flatMap { Int($0) } ?? 0, mode: $0.text(1) ?? "") } ?? [])
    }

    /// All relations except the system's own; a changed file shows that a table was rewritten.
    private func relations() async throws -> [Int: Relation] {
        let sql = """
            SELECT c.oid, c.oid::pg_catalog.regclass, c.relfilenode FROM pg_catalog.pg_class AS c \
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """
        var relations: [Int: Relation] = [:]
        for row in try await runner.send(sql).first.map(Array.init) ?? [] {
            relations[row.text(0).flatMap { Int($0) } ?? 0] = Relation(name: row.text(1) ?? "", file: row.text(2) ?? "")
        }
        return relations
    }
}
