import Foundation
import PQClient

/// Reads a function, the functions it calls and the tables they name.
///
/// DomainFlow's own objects are left out: every database of the lab has them.
struct CatalogReader {
    let connection: PostgresConnection
    private static let known = "('pg_catalog', 'information_schema', 'pg_toast', 'domainflow')"

    /// - Throws: ``RaceError`` for a name that matches no function or several.
    func outline(of text: String) async throws -> CatalogOutline {
        // Looked up as the caller's statements would be; from here on every name is written with its schema.
        let path = try await rows("SELECT name FROM unnest(current_schemas(false)) AS name").compactMap { $0.text(0) }
        let oid = try await resolve(text, path: path)
        _ = try await connection.execute("SET search_path = pg_catalog")
        var outline = CatalogOutline(function: try await function(oid), path: path)
        try await collect(into: &outline)
        outline.extensions = Array(Set(outline.extensions)).sorted()
        return outline
    }

    func rows(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult { try await connection.query(query) }

    private func decode<T: Decodable>(_ type: T.Type, _ query: PostgresQuery) async throws -> T {
        let text = try await rows(query).single().text(0) ?? ""
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    private func collect(into outline: inout CatalogOutline) async throws {
        let relations = try await rows(
            """
            SELECT c.oid::bigint, n.nspname, c.relname, c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f') AND n.nspname NOT IN \(unescaped: Self.known) AND n.nspname !~ '^pg_'
               AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY c.oid
            """)
        let functions = try await rows(
            """
            SELECT p.oid::bigint, n.nspname, p.proname, e.extname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
              LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
              LEFT JOIN pg_extension AS e ON e.oid = d.refobjid
             WHERE p.prokind IN ('f', 'p') AND n.nspname NOT IN \(unescaped: Self.known) AND e.extname IS DISTINCT FROM 'domainflow'
             ORDER BY p.oid
            """)
        var seen: Set<Int> = []
        try await add(outline.function, to: &outline, relations, functions, &seen)
    }

    /// What a function needs comes before it.
    private func add(
        _ function: CatalogFunction, to outline: inout CatalogOutline, _ relations: PostgresResult, _ functions: PostgresResult,
        _ seen: inout Set<Int>
    ) async throws {
        guard seen.insert(function.oid).inserted else { return }
        let names = CatalogNames(in: function.body)
        let path = outline.path + [function.schema]
        for row in functions where names.mention(schema: row.text(1) ?? "", name: row.text(2) ?? "", path: path) {
            if let name = row.text(3) {
                outline.extensions.append(name)
            } else {
                let callee: Int = try row.get(0)
                outline.calls[function.oid, default: []].append(callee)
                try await add(try await self.function(callee), to: &outline, relations, functions, &seen)
            }
        }
        let depends = Set(try await dependencies(of: function.oid))
        for row in relations {
            let (oid, schema, name) = (try row.get(0, as: Int.self), row.text(1) ?? "", row.text(2) ?? "")
            guard depends.contains(oid) || names.mention(schema: schema, name: name, path: path) else { continue }
            if row.text(3) == "f" {
                outline.missing.append("\(schema).\(name)")
            } else {
                try await add(relation: oid, to: &outline, relations, functions, &seen)
            }
        }
        // Composite types are no relations that a body names; the signature depends on them.
        for oid in depends { try await add(relation: oid, to: &outline, relations, functions, &seen) }
        outline.extensions += (function.arguments.map(\.type) + [function.returns]).compactMap(\.extension)
        if function.schema != "domainflow" { outline.functions.append(function) }
    }

    private func add(
        relation oid: Int, to outline: inout CatalogOutline, _ relations: PostgresResult, _ functions: PostgresResult,
        _ seen: inout Set<Int>
    ) async throws {
        guard seen.insert(oid).inserted else { return }
        let relation = try await self.relation(oid)
        guard relation.schema != "domainflow", "rpScvm".contains(relation.kind) else { return }
        for other in relation.sequences + relation.constraints.compactMap(\.references) + relation.uses {
            try await add(relation: other, to: &outline, relations, functions, &seen)
        }
        // A function may answer rows of a view, so views come before the functions that they do not need.
        outline.early.formUnion(relation.earlyFunctions + (relation.isView ? relation.functions : []))
        for function in relation.earlyFunctions + relation.functions {
            try await add(try await self.function(function), to: &outline, relations, functions, &seen)
        }
        outline.extensions += relation.columns.compactMap(\.type.extension)
        outline.relations.append(relation)
        for trigger in relation.triggers {
            try await add(try await function(trigger.function), to: &outline, relations, functions, &seen)
        }
    }

    /// Relations whose row type is in the signature, or that a SQL-standard body names.
    private func dependencies(of function: Int) async throws -> [Int] {
        try await rows(
            """
            SELECT DISTINCT COALESCE(c.oid, t.typrelid)::bigint
              FROM pg_depend AS d
              LEFT JOIN pg_class AS c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
              LEFT JOIN pg_type AS a ON d.refclassid = 'pg_type'::regclass AND a.oid = d.refobjid
              LEFT JOIN pg_type AS t ON t.oid = CASE WHEN a.typcategory = 'A' THEN a.typelem ELSE a.oid END AND t.typrelid <> 0
             WHERE d.classid = 'pg_proc'::regclass AND d.objid = \(function)::bigint::oid AND COALESCE(c.oid, t.typrelid) IS NOT NULL
             ORDER BY 1
            """
        ).map { try $0.get(0) }
    }

    private func function(_ oid: Int) async throws -> CatalogFunction {
        try await decode(
            CatalogFunction.self,
            """
            SELECT jsonb_build_object(
                       'oid', p.oid::bigint, 'schema', n.nspname, 'name', p.proname, 'call', format('%I.%I', n.nspname, p.proname),
                       'signature', p.oid::regprocedure::text, 'kind', p.prokind, 'language', l.lanname, 'body', p.prosrc,
                       'definition', pg_get_functiondef(p.oid), 'defaults', p.pronargdefaults, 'settings', COALESCE(p.proconfig, '{}'),
                       'returns', \(unescaped: Self.type("COALESCE(NULLIF(p.prorettype, 0), 'void'::regtype)", "NULL")),
                       'arguments', COALESCE(
                           (SELECT jsonb_agg(jsonb_build_object(
                                       'name', NULLIF(p.proargnames[a.i], ''), 'mode', COALESCE(p.proargmodes[a.i]::text, 'i'),
                                       'type', \(unescaped: Self.type("a.type", "NULL"))) ORDER BY a.i)
                              FROM unnest(COALESCE(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a (type, i)), '[]'))::text
              FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
             WHERE p.oid = \(oid)::bigint::oid
            """)
    }

    private func relation(_ oid: Int) async throws -> CatalogRelation {
        try await decode(
            CatalogRelation.self,
            """
            SELECT jsonb_build_object(
                       'oid', c.oid::bigint, 'schema', n.nspname, 'name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
                       'columns', COALESCE(
                           (SELECT jsonb_agg(jsonb_build_object(
                                       'name', a.attname, 'quoted', quote_ident(a.attname), 'notNull', a.attnotnull,
                                       'identity', a.attidentity, 'generated', a.attgenerated <> '',
                                       'expression', pg_get_expr(d.adbin, d.adrelid),
                                       'type', \(unescaped: Self.type("a.atttypid", "a.atttypmod"))) ORDER BY a.attnum)
                              FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'), '[]'),
                       'constraints', COALESCE(
                           (SELECT jsonb_agg(jsonb_build_object(
                                       'name', quote_ident(k.conname), 'kind', k.contype, 'definition', pg_get_constraintdef(k.oid),
                                       'references', NULLIF(k.confrelid::bigint, 0),
                                       'columns', ARRAY(SELECT a.attname FROM pg_attribute AS a
                                                         WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))) ORDER BY k.contype DESC, k.conname)
                              FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')), '[]'),
                       'indexes', ARRAY(SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i
                                         WHERE i.indrelid = c.oid
                                           AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
                                         ORDER BY i.indexrelid),
                       'triggers', COALESCE(
                           (SELECT jsonb_agg(jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'function', t.tgfoid::bigint) ORDER BY t.tgname)
                              FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'), '[]'),
                       'sequences', ARRAY(SELECT DISTINCT s.oid::bigint
                                            FROM pg_attrdef AS d JOIN pg_depend AS x ON x.classid = 'pg_attrdef'::regclass AND x.objid = d.oid
                                            JOIN pg_class AS s ON x.refclassid = 'pg_class'::regclass AND s.oid = x.refobjid AND s.relkind = 'S'
                                           WHERE d.adrelid = c.oid),
                       'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                       'uses', ARRAY(SELECT DISTINCT d.refobjid::bigint
                                       FROM pg_rewrite AS r JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                      WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                                      UNION
                                     SELECT e.typrelid::bigint
                                       FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
                                       JOIN pg_type AS e ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END
                                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND e.typtype = 'c' AND e.typrelid <> c.oid),
                       'functions', \(unescaped: Self.functions("(d.classid = 'pg_rewrite'::regclass AND d.objid IN (SELECT r.oid FROM pg_rewrite AS r WHERE r.ev_class = c.oid)) OR (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT i.indexrelid FROM pg_index AS i WHERE i.indrelid = c.oid))")),
                       'earlyFunctions', \(unescaped: Self.functions("(d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT f.oid FROM pg_attrdef AS f WHERE f.adrelid = c.oid)) OR (d.classid = 'pg_constraint'::regclass AND d.objid IN (SELECT k.oid FROM pg_constraint AS k WHERE k.conrelid = c.oid))")))::text
              FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = \(oid)::bigint::oid
            """)
    }

    /// The functions that objects depend on, apart from those that are there anyway.
    private static func functions(_ objects: String) -> String {
        """
        ARRAY(SELECT DISTINCT p.oid::bigint
                FROM pg_depend AS d JOIN pg_proc AS p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
                JOIN pg_namespace AS pn ON pn.oid = p.pronamespace
               WHERE (\(objects)) AND pn.nspname NOT IN \(known)
                 AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))
        """
    }

    /// The object of a type, as ``CatalogType`` reads it.
    private static func type(_ oid: String, _ modifier: String) -> String {
        """
        (SELECT jsonb_build_object(
                    'name', format_type(t.oid, \(modifier)), 'category', t.typcategory, 'base', COALESCE(b.typname, t.typname),
                    'labels', ARRAY(SELECT e.enumlabel FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
                    'extension', x.extname,
                    'create', ARRAY(
                        WITH RECURSIVE made (oid, depth) AS (
                            SELECT t.oid, 0
                             UNION ALL
                            SELECT part.oid, made.depth + 1
                              FROM made JOIN pg_type AS u ON u.oid = made.oid LEFT JOIN pg_range AS r ON r.rngtypid = u.oid,
                                   unnest(ARRAY[u.typbasetype, r.rngsubtype, CASE WHEN u.typcategory = 'A' THEN u.typelem END]) AS part (oid)
                             WHERE part.oid <> 0)
                        SELECT CASE u.typtype
                                   WHEN 'e' THEN format('CREATE TYPE %s AS ENUM (%s)', format_type(u.oid, NULL),
                                       (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                                          FROM pg_enum AS e WHERE e.enumtypid = u.oid))
                                   WHEN 'r' THEN format('CREATE TYPE %s AS RANGE (SUBTYPE = %s)', format_type(u.oid, NULL), format_type(r.rngsubtype, NULL))
                                   ELSE format('CREATE DOMAIN %s AS %s', format_type(u.oid, NULL), format_type(u.typbasetype, u.typtypmod))
                                       || COALESCE((SELECT string_agg(' CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), '')
                                                      FROM pg_constraint AS k WHERE k.contypid = u.oid), '') END
                          FROM made JOIN pg_type AS u ON u.oid = made.oid JOIN pg_namespace AS un ON un.oid = u.typnamespace
                          LEFT JOIN pg_range AS r ON r.rngtypid = u.oid
                         WHERE u.typtype IN ('e', 'd', 'r') AND un.nspname NOT IN \(known)
                           AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = 'pg_type'::regclass AND e.objid = u.oid AND e.deptype = 'e')
                         ORDER BY made.depth DESC))
           FROM pg_type AS t
           JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
           LEFT JOIN pg_type AS b ON t.typtype = 'd' AND b.oid = t.typbasetype
           LEFT JOIN pg_depend AS xd ON xd.classid = 'pg_type'::regclass AND xd.objid = t.oid AND xd.deptype = 'e'
           LEFT JOIN pg_extension AS x ON x.oid = xd.refobjid
          WHERE t.oid = \(oid))
        """
    }
}
