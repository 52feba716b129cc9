import PQClient

/// An index of the name that a CREATE INDEX statement gives, as the catalog has it.
struct IndexState {
    var oid: Int
    /// Quoted, with its schema.
    var name: String
    var isValid: Bool

    static func find(_ index: IndexBuild, with connection: PostgresConnection) async throws -> IndexState? {
        guard let name = index.name else { return nil }
        let sql = """
            SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid AND i.indisready \
            FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
            WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(\(Literal.text(index.table))) AND c.relname OPERATOR(pg_catalog.=) \(Literal.text(name))
            """
        do {
            guard let row = try await connection.execute(sql).first?.first else { return nil }
            return IndexState(oid: row.text(0).flatMap { Int($0) } ?? 0, name: row.text(1) ?? "", isValid: row.text(2) == "t")
        } catch {
            throw MigrationError(database: error)
        }
    }

    /// Whether it is the index that the statement defines, not merely one of that name: the server builds the statement's index on an
    /// empty copy of the table, in a transaction that is rolled back. Nil where it cannot build that.
    func matches(_ index: IndexBuild, with connection: PostgresConnection) async -> Bool? {
        let script = """
            BEGIN; SET LOCAL lock_timeout = '5s'; CREATE TEMPORARY TABLE domainflow_probe (LIKE \(index.table)); \
            \(index.statement(name: "domainflow_probe_index", on: "pg_temp.domainflow_probe")); \(OwnSQL.path); \
            SELECT (\(Self.definition(of: "\(oid)"))) = (\(Self.definition(of: "'pg_temp.domainflow_probe_index'::regclass"))); ROLLBACK
            """
        do {
            return try await connection.execute(script).dropLast().last?.first?.text(0) == "t"
        } catch {
            _ = try? await connection.execute("ROLLBACK")
            return nil
        }
    }

    private static func definition(of oid: String) -> String {
        """
        SELECT ROW(i.indisunique, i.indnkeyatts, i.indclass::text, i.indcollation::text, i.indoption::text, c.relam, c.reloptions, \
        pg_get_expr(i.indpred, i.indrelid), to_jsonb(i) ->> 'indnullsnotdistinct', \
        (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, false) ORDER BY k) FROM generate_series(1, i.indnatts) AS k))::text \
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indexrelid = \(oid)
        """
    }

    /// The session that is building it now. Without the right to see what others do, any build on the table counts.
    func builder(with connection: PostgresConnection) async throws -> Blocker? {
        let sql = """
            SELECT p.pid, \(Blocker.columns) FROM pg_stat_progress_create_index AS p JOIN pg_locks AS l ON l.pid = p.pid \
            JOIN pg_index AS i ON i.indexrelid = \(oid) AND i.indrelid = l.relation LEFT JOIN pg_stat_activity AS a ON a.pid = p.pid \
            WHERE p.pid <> pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.mode <> 'AccessShareLock' \
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
            AND (p.index_relid = \(oid) OR p.index_relid IS NULL) LIMIT 1
            """
        do {
            return try await connection.own(sql).first?.map(Blocker.init).first
        } catch {
            throw MigrationError(database: error)
        }
    }
}
