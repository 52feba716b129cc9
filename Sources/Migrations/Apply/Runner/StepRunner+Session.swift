// What lasts longer than a transaction: the lock of a run, and the settings of the session.

import PQClient

extension StepRunner {
    /// One lock for the whole run, so that two rollouts do not take turns. False behind a pooler, where a session's lock would stay
    /// behind with somebody else's backend: there each step takes the lock in its transaction, and looks whether others came between.
    func takeRunLock() async throws -> Bool {
        let sql = HistoryTables.tryRunLock(project: project, backend: connection.backendPID)
        return try await untilApplied(id: "the start", number: 0) { _ in
            switch try await own(sql).first?.first?.text(0) {
            case "t": .applied(milliseconds: 0)
            case nil: .done
            default: .busy
            }
        } != nil
    }

    func releaseRunLock() async {
        try? await rollBack()
        _ = try? await connection.execute(HistoryTables.releaseRunLock(project: project))
    }

    /// The runner's own statements, with an error that is reported as one.
    func own(_ sql: String) async throws -> [PostgresResult] {
        do {
            return try await connection.own(sql)
        } catch {
            throw MigrationError(database: error)
        }
    }

    /// What the session had before the first step, as a script that ends whatever a step has set since, by SET, by set_config() or
    /// inside a function: settings, roles, prepared statements, cursors, temporary tables, LISTEN. Not its advisory locks, among which
    /// is the runner's.
    static func reset(_ connection: PostgresConnection) async throws -> String {
        let sql = """
            SELECT s.name, current_setting(s.name) FROM pg_settings AS s WHERE s.source = 'session' \
            AND s.context IN ('user', 'superuser') AND s.name <> 'search_path' AND s.name !~ '^transaction_' \
            UNION ALL SELECT 'role', current_setting('role') WHERE current_setting('role') <> 'none'
            """
        let path = try await connection.execute(
            "SELECT pg_catalog.current_setting('search_path'), EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'search_path' AND source OPERATOR(pg_catalog.=) 'session')"
        ).first?.first
        var before = try await connection.own(sql).first?.map { ($0.text(0) ?? "", $0.text(1) ?? "") } ?? []
        if path?.text(1) == "t", let path = path?.text(0) { before.insert(("search_path", path), at: 0) }
        let again = before.map { "SELECT pg_catalog.set_config(\(Literal.text($0.0)), \(Literal.text($0.1)), false)" }
        return
            (["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"] + again + [
                "CLOSE ALL", "UNLISTEN *", "DISCARD TEMP", "DISCARD SEQUENCES",
                // Those of the protocol are the client's.
                "SELECT pg_catalog.quote_ident(name) FROM pg_catalog.pg_prepared_statements WHERE from_sql",
            ]).joined(separator: "; ")
    }

    func resetSession() async throws {
        let prepared = try await send(reset).last?.compactMap { $0.text(0) } ?? []
        if !prepared.isEmpty { _ = try await send(prepared.map { "DEALLOCATE " + $0 }.joined(separator: "; ")) }
    }

    static func timeouts(_ header: StepHeader, _ options: MigratorOptions) -> String {
        "SET LOCAL lock_timeout = \(Literal.text(header.lockTimeout ?? options.lockTimeout))"
            + (header.statementTimeout.map { "; SET LOCAL statement_timeout = \(Literal.text($0))" } ?? "")
    }

    /// Ends the step's own part of its transaction: deferred constraints are checked while its settings hold, then these end.
    func settle(_ header: StepHeader, of expanded: ExpandedText) async throws {
        do {
            _ = try await send("SET CONSTRAINTS ALL IMMEDIATE")
        } catch var stop as StepStop {
            let place = expanded.origin(of: .max)
            (stop.failure.file, stop.failure.line) = (place.file, place.line)
            throw stop
        }
        try await resetSession()
        _ = try await send(Self.timeouts(header, options))
    }
}
