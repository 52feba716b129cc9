import PQClient

/// Applies a source of steps to one database.
///
/// Each step and its history row commit together, exactly once, whatever other runners do. Applied steps stay recorded when a later
/// step fails; a failed step leaves nothing behind. No other task may use the connection during a run.
public struct Migrator: Sendable {
    public typealias Progress = @Sendable (MigrationProgress) -> Void

    public let connection: PostgresConnection
    public let source: StepSource
    public let project: String
    public var options: MigratorOptions

    /// `project` separates the histories of several sources in one database.
    public init(
        connection: PostgresConnection, source: StepSource, project: String = "domainflow", options: MigratorOptions = .init()
    ) {
        self.connection = connection
        self.source = source
        self.project = project
        self.options = options
    }

    /// The steps, with the values that the caller gives to their placeholders.
    func load() throws(MigrationError) -> StepSet { try source.load().bound(to: options.values) }

    /// Nil when the runner's tables do not exist yet.
    func history() async throws -> [HistoryRow]? {
        do {
            try await refuseForeignHistory()
            guard let result = try await connection.own(HistoryTables.selectAll(project: project)).first else { return [] }
            return try result.map(HistoryRow.init)
        } catch let error as PostgresError where error.sqlState == "42P01" || error.sqlState == "3F000" {
            return nil
        } catch let error as PostgresError {
            throw MigrationError(database: error)
        }
    }

    /// The checksums of the repeatable steps that were applied, by id.
    func repeated(_ set: StepSet) async throws -> [String: String] {
        guard !set.repeatable.isEmpty else { return [:] }
        do {
            let rows = try await connection.own(HistoryTables.selectRepeated(project: project)).first.map(Array.init) ?? []
            return Dictionary(rows.map { ($0.text(0) ?? "", $0.text(1) ?? "") }, uniquingKeysWith: { first, _ in first })
        } catch let error where error.sqlState == "42P01" || error.sqlState == "3F000" {
            return [:]
        } catch {
            throw MigrationError(database: error)
        }
    }

    /// What `up` would do, and all that it would refuse. Changes nothing.
    public func plan(target: Int? = nil) async throws -> MigrationPlan {
        let set = try load()
        var (plan, history) = try await ready(set, target: target)
        if !plan.pending.isEmpty, history?.isEmpty ?? true { try await refuseForeignInstallation() }
        if let outside = plan.pending.first(where: { !$0.header.transactional }), try await isThroughPooler() {
            plan.sourceProblems.append(
                .init(
                    "\(outside.id) runs outside a transaction, and a pooler stands between here and the server", file: outside.file,
                    line: 1,
                    hint: "connect to PostgreSQL directly, e.g. --database-url with its own port; up would apply the steps before it"))
        }
        return plan
    }

    func plan(_ set: StepSet, target: Int?) async throws -> MigrationPlan {
        try await MigrationPlan(
            set, history: history() ?? [], repeated: repeated(set), target: target, allowOutOfOrder: options.allowOutOfOrder)
    }

    private func ready(_ set: StepSet, target: Int?) async throws -> (MigrationPlan, [HistoryRow]?) {
        let history = try await history()
        var plan = MigrationPlan(
            set, history: history ?? [], repeated: try await repeated(set), target: target, allowOutOfOrder: options.allowOutOfOrder)
        plan.notes += source.ignored.map { "\($0) is not read: steps are files NNNN_slug.sql, with this ending, in one folder" }
        plan.refuseMissingWhenPending()
        try await explainEdits(&plan)
        try await explainUnfinished(&plan)
        // Every pending step must at least be readable before the first one runs.
        if plan.problems.isEmpty { try plan.pending.checkStatements() }
        return (plan, history)
    }

    /// Adds to each edit which file changed. Queries the parts only when there is an edit, since most runs have none.
    func explainEdits(_ plan: inout MigrationPlan) async throws {
        for (index, step) in plan.redoable.enumerated() {
            let sql = "SELECT parts FROM domainflow_migrate.history WHERE project = \(Literal.text(project)) AND id = \(step.number)"
            guard let before = try await connection.own(sql).first?.first?.text(0), !before.isEmpty else { continue }
            plan.edits[index].message += "; " + step.difference(from: before)
            guard step.meansTheSame(as: before) else { continue }
            plan.edits[index].message += "; only comments or spacing, so it does the same"
            plan.sameMeaning.append(step.number)
        }
        plan.adviseAboutEdits()
    }

    /// Applies the pending steps, up to and including step `target`.
    ///
    /// One lock covers the run, and the plan is made again under it: of two rollouts at once, the second one sees what the first has done.
    @discardableResult
    public func up(target: Int? = nil, progress: Progress? = nil) async throws -> [AppliedStep] {
        let set = try load()
        let (plan, history) = try await ready(set, target: target)
        try plan.refuseProblems()
        guard !plan.pending.isEmpty else {
            for note in plan.notes { progress?(.note(note)) }
            return []
        }
        if history?.isEmpty ?? true { try await refuseForeignInstallation() }
        if history == nil { try await createTables() } else { try await upgradeTables() }
        return try await withRunner(progress: progress) { try await applyPending(set, target: target, with: $0, progress) }
    }

    func applyPending(_ set: StepSet, target: Int?, with runner: StepRunner, _ progress: Progress?) async throws -> [AppliedStep] {
        let (plan, history) = try await ready(set, target: target)
        try plan.refuseProblems()
        for note in plan.notes { progress?(.note(note)) }
        var runner = runner
        runner.known = ((history ?? []).map(\.rank).max() ?? 0, Set(set.steps.map(\.number)))
        progress?(.planned(steps: plan.pending.count))
        var applied: [AppliedStep] = []
        for (index, step) in plan.pending.enumerated() {
            progress?(.step(id: step.id, index: index + 1, of: plan.pending.count))
            do {
                guard let result = try await runner.apply(step, release: set.lock[step.id]?.release) else {
                    progress?(.skipped(id: step.id))
                    continue
                }
                applied.append(result)
                progress?(.applied(result))
            } catch let error as MigrationError {
                throw error.after(applied: applied.count, of: plan.pending.count, failing: step)
            }
        }
        return applied
    }

    func withRunner<T: Sendable>(progress: Progress?, _ body: (StepRunner) async throws -> T) async throws -> T {
        let watch = StatementWatch(connection: connection, options: options, progress: progress)
        var runner = StepRunner(migrator: self, watch: watch, progress: progress)
        do {
            runner.reset = try await StepRunner.reset(connection)
        } catch let error as PostgresError {
            throw MigrationError(database: error)
        }
        runner.prelude = try load().prelude()
        let isLocked = try await runner.takeRunLock()
        let watching = Task { await watch.run() }
        await connection.setNoticeHandler { notice in progress?(.note(notice.severity.lowercased() + ": " + notice.message)) }
        let result: Result<T, any Error>
        do {
            result = .success(try await body(runner))
        } catch let stop as StepStop {
            result = .failure(MigrationError(.database, [stop.failure.problem]))
        } catch let error as PostgresError {
            result = .failure(MigrationError(database: error))
        } catch {
            result = .failure(error)
        }
        await connection.setNoticeHandler(nil)
        watching.cancel()
        await watching.value
        if isLocked { await runner.releaseRunLock() }
        return try result.get()
    }

    /// The tables of an earlier program lack what steps outside transactions record.
    func upgradeTables() async throws {
        do {
            guard try await connection.own(HistoryTables.isOld).first?.first?.text(0) == "t" else { return }
            _ = try await connection.execute(HistoryTables.upgrade)
        } catch {
            _ = try? await connection.execute("ROLLBACK")
            throw MigrationError(
                .database, "cannot bring the history tables in schema \(HistoryTables.schema) up to date: \(error.message)",
                hint: error.sqlState == "42501" ? "run this once as the owner of the tables" : error.hint, sqlState: error.sqlState)
        }
    }

    func createTables() async throws {
        do {
            _ = try await connection.execute(HistoryTables.create)
        } catch {
            _ = try? await connection.execute("ROLLBACK")
            throw MigrationError(
                .database, "cannot create the history tables in schema \(HistoryTables.schema): \(error.message)",
                hint: error.sqlState == "42501"
                    ? "grant the user CREATE on the database, or run this once as the owner of the schema" : error.hint,
                sqlState: error.sqlState)
        }
    }

    /// Whoever owns the history, or has put something on it, acts in it with the rights of the role that migrates.
    private func refuseForeignHistory() async throws {
        guard let row = try await connection.own(HistoryTables.foreign).first?.first, let what = row.text(0) else { return }
        throw MigrationError(
            .drift, "the history of migrations is not to be trusted: \(what)",
            hint: "nothing was read from it or written to it. Look how it came to be; then let its owner migrate, or take it over:\n"
                + "ALTER SCHEMA domainflow_migrate OWNER TO CURRENT_USER (and its tables), and drop what does not belong there")
    }

    /// The same SQL may have been installed another way; running it again would fail in the middle of step 1 with a confusing error.
    private func refuseForeignInstallation() async throws {
        guard project == "domainflow" else { return }
        let found = try await connection.own(
            "SELECT (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'domainflow'), "
                + "pg_catalog.to_regprocedure('domainflow.version()') IS NOT NULL, "
                // Nobody is told to call a function that a lesser role has put there.
                + "(SELECT o.rolname FROM pg_catalog.pg_namespace AS n LEFT JOIN pg_catalog.pg_proc AS f ON f.pronamespace = n.oid "
                + "JOIN pg_catalog.pg_roles AS o ON o.oid IN (n.nspowner, f.proowner) WHERE n.nspname = 'domainflow' AND NOT o.rolsuper "
                + "AND o.rolname <> current_user AND o.rolname NOT IN ('domainflow_definer', 'domainflow_guard') LIMIT 1)")
        guard let row = found.first?.first else { return }
        if let owner = row.text(2) {
            throw MigrationError(
                .drift, "DF302: schema domainflow, or a function in it, is there already and belongs to \(owner)",
                hint: "call nothing in it. Drop or rename it; if it is an installation by a role that you trust, let that role migrate")
        }
        if let version = row.text(0) {
            throw MigrationError(
                .drift, "schema domainflow was installed here by CREATE EXTENSION (version \(version))",
                hint: "update it with ALTER EXTENSION domainflow UPDATE;\n"
                    + "to continue with migrate instead: domainflow migrate baseline --target <last step of \(version)>")
        }
        if row.text(1) == "t" {
            throw MigrationError(
                .drift, "schema domainflow already exists, but no step is recorded: it was probably installed with psql -f",
                hint:
                    "SELECT domainflow.version() says which release; then: domainflow migrate baseline --target <last step of that release>"
            )
        }
    }
}

extension [Step] {
    /// Throws what cannot be read in any of them.
    func checkStatements() throws(MigrationError) {
        var broken: [MigrationError.Problem] = []
        for step in self {
            do { _ = try step.statements() } catch { broken += error.problems }
        }
        guard broken.isEmpty else { throw MigrationError(.badInput, broken) }
    }
}

extension MigrationError {
    init(database error: PostgresError) {
        self.init(.database, error.message, hint: error.hint ?? error.detail, sqlState: error.sqlState)
    }

    func after(applied: Int, of total: Int, failing step: Step) -> MigrationError {
        var copy = self
        guard !copy.problems.isEmpty else { return copy }
        let left = step.header.transactional ? "\(step.id) left nothing behind" : "\(step.id) is not recorded as done"
        let said =
            "\(applied) of \(total) pending steps were applied and remain applied; \(left). Run the same command again \(kind == .interrupted ? "to continue" : "once you have fixed this")."
        copy.problems[0].hint = [copy.problems[0].hint, said].compactMap { $0 }.joined(separator: "\n")
        return copy
    }
}
