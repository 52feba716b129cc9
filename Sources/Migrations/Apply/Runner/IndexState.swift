import PQClient

/// Whether an index exists, and whether its build succeeded.
struct IndexState {
    /// Quoted, with its schema.
    var name: String
    var isValid: Bool

    static func find(_ index: IndexBuild, with connection: PostgresConnection) async throws -> IndexState? {
        guard let name = index.name else { return nil }
        let sql = """
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid AND i.indisready \
            FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
            WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(\(Literal.text(index.table))) AND c.relname OPERATOR(pg_catalog.=) \(Literal.text(name))
            """
        do {
            guard let row = try await connection.execute(sql).first?.first else { return nil }
            return IndexState(name: row.text(0) ?? "", isValid: row.text(1) == "t")
        } catch {
            throw StepStop(StepFailure(error, nil, nil))
        }
    }
}
