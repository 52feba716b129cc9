import PQClient

/// A public function of schema domainflow, as the catalog has it. Functions that were generated at run time are left out: the
/// generic forms stand for them.
struct CatalogFunction: Sendable {
    struct Parameter: Sendable {
        var name, type: String
        /// The SQL expression, nil if there is none.
        var defaultValue: String?
    }

    struct Column: Sendable {
        var name, type: String
    }

    var name: String
    var parameters: [Parameter]
    var columns: [Column]
    /// One value, not a row of named columns.
    var isScalar: Bool

    static func all(_ connection: PostgresConnection) async throws -> [CatalogFunction] {
        try await connection.query(
            """
            SELECT p.proname::text,
                   ARRAY(SELECT a.name FROM unnest(p.proargnames, p.proargmodes) WITH ORDINALITY AS a (name, mode, place)
                          WHERE a.mode IS NULL OR a.mode IN ('i', 'b') ORDER BY a.place) AS parameters,
                   ARRAY(SELECT format_type(t.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, place)
                          ORDER BY t.place) AS parameter_types,
                   ARRAY(SELECT pg_get_function_arg_default(p.oid, n) FROM generate_series(1, p.pronargs) AS n) AS defaults,
                   c.names, c.types, c.names IS NULL
              FROM pg_proc AS p
              JOIN pg_type AS r ON r.oid = p.prorettype
             CROSS JOIN LATERAL (
                    SELECT array_agg(o.name ORDER BY o.place), array_agg(format_type(o.type, NULL) ORDER BY o.place)
                      FROM (SELECT a.name, a.type, a.place
                              FROM unnest(p.proargnames, p.proargmodes, p.proallargtypes)
                                   WITH ORDINALITY AS a (name, mode, type, place)
                             WHERE a.mode IN ('o', 'b', 't')
                            UNION ALL
                            SELECT a.attname::text, a.atttypid, a.attnum
                              FROM pg_attribute AS a
                             WHERE r.typtype = 'c' AND a.attrelid = r.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS o
                   ) AS c (names, types)
             WHERE p.pronamespace = 'domainflow'::regnamespace AND p.prokind = 'f' AND p.proname !~ '^_'
               AND coalesce(obj_description(p.oid, 'pg_proc'), '') !~ '^run-time: '
             ORDER BY p.proname
            """
        ).map { row in
            let name: String = try row.get(0)
            let parameters = zip(
                try row.get(1, as: [String].self), zip(try row.get(2, as: [String].self), try row.get(3, as: [String?].self)))
            let names = try row.get(4, as: [String]?.self) ?? []
            return CatalogFunction(
                name: name, parameters: parameters.map { Parameter(name: $0, type: $1.0, defaultValue: $1.1) },
                columns: zip(names, try row.get(5, as: [String]?.self) ?? []).map { Column(name: $0, type: $1) },
                isScalar: try row.get(6))
        }
    }
}
