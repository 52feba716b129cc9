import PQClient

/// A function whose mutants are judged.
struct MutatedFunction: Sendable {
    /// With argument types if the name is overloaded.
    var name: String
    /// Without schema and arguments: the word that tests and other functions mention.
    var word: String
    var oid: String
    var definition: String
    var isProcedural: Bool
    var isTrigger: Bool

    /// The PL/pgSQL and SQL functions of a schema that belong to no extension, in the order of their names.
    static func all(in schema: String, on connection: PostgresConnection) async throws -> [MutatedFunction] {
        let found = try await connection.query(
            """
            SELECT n.nspname || '.' || p.proname
                       || CASE WHEN count(*) OVER (PARTITION BY p.proname) > 1 THEN '(' || pg_get_function_identity_arguments(p.oid) || ')' ELSE '' END,
                   p.proname::text, p.oid::text, pg_get_functiondef(p.oid), l.lanname::text, p.prorettype::regtype::text
              FROM pg_catalog.pg_proc AS p
              JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
              JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
             WHERE n.nspname = \(schema) AND l.lanname IN ('plpgsql', 'sql') AND p.prokind IN ('f', 'p')
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
             ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"
            """)
        return found.map { row in
            MutatedFunction(
                name: row.text(0) ?? "", word: row.text(1) ?? "", oid: row.text(2) ?? "", definition: row.text(3) ?? "",
                isProcedural: row.text(4) == "plpgsql",
                isTrigger: row.text(5)?.hasSuffix("trigger") ?? false)
        }
    }
}
