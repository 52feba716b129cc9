import PQClient
import Synchronization

/// Watches the running statement: reports the sessions that block it, records which index it builds, and cancels it when the user
/// interrupts.
///
/// It uses a second connection, because the first one is waiting, and opens it only when a statement has waited long enough.
final class StatementWatch: Sendable {
    private struct State {
        var running: (since: ContinuousClock.Instant, pid: Int, patience: Duration)?
        var blockers: [Blocker] = []
        var reported = false
        var cancelled = false
        /// The step whose CREATE INDEX runs, and the index once it is known.
        var build: (project: String, number: Int)?
        var index: Int?
    }

    private let state = Mutex(State())
    private let connection: PostgresConnection
    private let options: MigratorOptions
    private let progress: Migrator.Progress?

    init(connection: PostgresConnection, options: MigratorOptions, progress: Migrator.Progress?) {
        self.connection = connection
        self.options = options
        self.progress = progress
    }

    /// `patience`: how long the statement may run before the watch looks for blockers.
    func begin(pid: Int, patience: Duration, build: (project: String, number: Int)? = nil) {
        state.withLock { $0 = State(running: (.now, pid, patience), build: build) }
    }

    /// The index that the last statement built, if it was seen at work.
    var index: Int? { state.withLock { $0.index } }

    /// Returns the blockers seen last.
    func end() -> [Blocker] {
        state.withLock {
            $0.running = nil
            return $0.blockers
        }
    }

    /// Runs until its task is cancelled.
    func run() async {
        var observer: PostgresConnection?
        while (try? await Task.sleep(for: .milliseconds(50))) != nil {
            if options.isInterrupted(), shouldCancel() { await connection.cancel() }
            guard let conninfo = options.observer else { continue }
            let build = unseenBuild()
            guard waitingBackend() != nil || build != nil else { continue }
            if observer == nil { observer = try? await PostgresConnection.connect(conninfo, applicationName: "domainflow migrate: watch") }
            if let build, let looker = observer { await look(at: build, with: looker) }
            guard let pid = waitingBackend() else { continue }
            guard let looker = observer, let found = try? await Self.blockers(of: pid, with: looker) else {
                await observer?.close()
                observer = nil
                continue
            }
            note(found, of: pid)
        }
        await observer?.close()
    }

    private func shouldCancel() -> Bool {
        state.withLock { state in
            guard state.running != nil, !state.cancelled else { return false }
            state.cancelled = true
            return true
        }
    }

    private func waitingBackend() -> Int? {
        state.withLock { state in
            guard let running = state.running, .now - running.since >= running.patience else { return nil }
            return running.pid
        }
    }

    private func unseenBuild() -> (pid: Int, project: String, number: Int)? {
        state.withLock { state in
            guard let running = state.running, let build = state.build, state.index == nil else { return nil }
            return (running.pid, build.project, build.number)
        }
    }

    /// Only an index that was seen being built by this backend may be dropped when a crash has left it invalid.
    private func look(at build: (pid: Int, project: String, number: Int), with connection: PostgresConnection) async {
        let sql = """
            UPDATE domainflow_migrate.history AS h SET built_index = p.index_relid FROM pg_stat_progress_create_index AS p \
            WHERE p.pid = \(build.pid) AND p.index_relid <> 0 AND h.project = \(Literal.text(build.project)) AND h.id = \(build.number) \
            AND h.outcome = 'running' AND h.backend_pid = p.pid RETURNING p.index_relid
            """
        guard let index = (try? await connection.own(sql))?.first?.first?.text(0).flatMap({ Int($0) }) else { return }
        state.withLock { if $0.running?.pid == build.pid { $0.index = index } }
    }

    private func note(_ found: [Blocker], of pid: Int) {
        let isNews = state.withLock { state in
            guard state.running?.pid == pid, !found.isEmpty else { return false }
            state.blockers = found
            defer { state.reported = true }
            return !state.reported
        }
        if isNews { progress?(.blocked(found)) }
    }

    static func blockers(of pid: Int, with connection: PostgresConnection) async throws -> [Blocker] {
        let sql = """
            SELECT DISTINCT b.pid, \(Blocker.columns) \
            FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(\(pid))) AS b(pid) LEFT JOIN pg_catalog.pg_stat_activity AS a USING (pid) ORDER BY 1
            """
        return try await connection.own(sql).first?.map(Blocker.init) ?? []
    }

    /// The session that holds the runner's lock of a project.
    static func runner(project: String, with connection: PostgresConnection) async throws -> Blocker? {
        let sql = """
            SELECT l.pid, \(Blocker.columns) \
            FROM pg_catalog.pg_locks AS l LEFT JOIN pg_catalog.pg_stat_activity AS a USING (pid) \
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
            AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
            AND (l.classid::bigint << 32) | l.objid::bigint = pg_catalog.hashtextextended(\(Literal.text("domainflow_migrate:" + project)), 0)
            """
        return try await connection.own(sql).first?.map(Blocker.init).first
    }
}

extension Blocker {
    /// The columns after the pid, for `init(_:)`. A user without the privilege sees "<insufficient privilege>" for other users' queries.
    static let columns = """
        a.usename, a.application_name, a.state, \
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.xact_start, a.query_start)), pg_catalog.left(a.query, 200)
        """

    init(_ row: PostgresRow) {
        pid = row.text(0).flatMap { Int($0) } ?? 0
        user = row.text(1)
        application = row.text(2)
        state = row.text(3)
        ageSeconds = row.text(4).flatMap(Double.init)
        query = row.text(5)
    }
}
