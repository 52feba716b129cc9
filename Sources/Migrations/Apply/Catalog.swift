import PQClient

/// The definitions of a database, by what they define: for comparing one that grew over time with one that its steps have just made.
///
/// Owners are left out, and grants name the owner as such, because the two are made by different roles. So are rows, roles, system schemas,
/// the history, and what belongs to an extension, other than the extension itself.
struct Catalog {
    var definitions: [String: String] = [:]

    static func read(_ connection: PostgresConnection) async throws -> Catalog {
        var catalog = Catalog()
        do {
            for sql in queries {
                for row in try await connection.own(sql).first.map(Array.init) ?? [] {
                    catalog.definitions[row.text(0) ?? ""] = row.text(1) ?? ""
                }
            }
        } catch {
            throw MigrationError(database: error)
        }
        return catalog
    }

    /// What these definitions have that `other` lacks or has otherwise.
    func difference(from other: Catalog) -> [(what: String, expected: String, found: String?)] {
        definitions.sorted { $0.key < $1.key }.filter { other.definitions[$0.key] != $0.value }.map {
            ($0.key, $0.value, other.definitions[$0.key])
        }
    }

    /// What a table of these definitions has got since: columns, constraints, indexes, triggers, policies.
    func additions(in other: Catalog) -> [String] {
        other.definitions.keys.filter { key in
            definitions[key] == nil
                && key.range(of: " of ").map { definitions["relation " + key[$0.upperBound...]] != nil } ?? false
        }.sorted()
    }

    private static let spaces = """
        spaces AS (
            SELECT n.oid FROM pg_namespace AS n WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'domainflow_migrate')
        ), members AS (
            SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
        )
        """

    private static func grants(_ acl: String, _ owner: String) -> String {
        """
        (SELECT string_agg(CASE g.grantee WHEN 0 THEN 'PUBLIC' WHEN \(owner) THEN 'owner' ELSE pg_get_userbyid(g.grantee) END || '=' \
        || g.privilege_type || CASE WHEN g.is_grantable THEN '*' ELSE '' END, ',' ORDER BY 1) FROM (SELECT a.grantee, a.privilege_type, a.is_grantable FROM aclexplode(\(acl)) AS a) AS g)
        """
    }

    private static let relations = """
        relations AS (
            SELECT c.*, c.oid::regclass::text AS name FROM pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace
             WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
        )
        """

    private static let queries: [String] = [
        "SELECT 'extension ' || extname, extversion FROM pg_extension",
        """
        WITH \(spaces) SELECT 'schema ' || quote_ident(n.nspname), concat_ws(' ', \(grants("n.nspacl", "n.nspowner")), obj_description(n.oid, 'pg_namespace'))
          FROM pg_namespace AS n JOIN spaces AS s USING (oid)
        """,
        """
        WITH \(spaces), \(relations) SELECT 'relation ' || c.name, concat_ws(' ', c.relkind, c.relpersistence, c.reloptions::text, c.relrowsecurity, c.relforcerowsecurity,
               c.relreplident, CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
               (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
               \(grants("c.relacl", "c.relowner")), obj_description(c.oid, 'pg_class'))
          FROM relations AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
        """,
        """
        WITH \(spaces), \(relations) SELECT 'sequence ' || c.name, concat_ws(' ', q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,
               \(grants("c.relacl", "c.relowner")))
          FROM relations AS c JOIN pg_sequence AS q ON q.seqrelid = c.oid
        """,
        """
        WITH \(spaces), \(relations) SELECT 'column ' || quote_ident(a.attname) || ' of ' || c.name, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage,
               NULLIF(a.attcollation, t.typcollation)::regcollation, a.attstattarget, (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(a.attoptions) AS o WHERE o LIKE 'n_distinct%'), \(grants("a.attacl", "c.relowner")), col_description(c.oid, a.attnum))
          FROM relations AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
        """,
        """
        WITH \(spaces), \(relations) SELECT 'constraint ' || quote_ident(k.conname) || ' of ' || c.name, concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)
          FROM relations AS c JOIN pg_constraint AS k ON k.conrelid = c.oid WHERE k.contype <> 'n'
        """,
        """
        WITH \(spaces), \(relations) SELECT 'index ' || quote_ident(x.relname) || ' of ' || c.name, concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN 'INVALID' END)
          FROM relations AS c JOIN pg_index AS i ON i.indrelid = c.oid JOIN pg_class AS x ON x.oid = i.indexrelid
        """,
        """
        WITH \(spaces), \(relations) SELECT 'trigger ' || quote_ident(t.tgname) || ' of ' || c.name, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
          FROM relations AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
        """,
        """
        WITH \(spaces), \(relations) SELECT 'rule ' || quote_ident(r.rulename) || ' of ' || c.name, concat_ws(' ', pg_get_ruledef(r.oid), r.ev_enabled)
          FROM relations AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN'
        """,
        """
        WITH \(spaces), \(relations) SELECT 'policy ' || quote_ident(p.polname) || ' of ' || c.name, concat_ws(' ', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid),
               pg_get_expr(p.polwithcheck, p.polrelid), (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r) END, ',' ORDER BY 1) FROM unnest(p.polroles) AS r))
          FROM relations AS c JOIN pg_policy AS p ON p.polrelid = c.oid
        """,
        """
        WITH \(spaces) SELECT 'function ' || p.oid::regprocedure, concat_ws(' ', CASE WHEN p.prokind = 'a' THEN (SELECT concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.aggtranstype::regtype,
               a.agginitval) FROM pg_aggregate AS a WHERE a.aggfnoid = p.oid) ELSE pg_get_functiondef(p.oid) END, \(grants("p.proacl", "p.proowner")), obj_description(p.oid, 'pg_proc'))
          FROM pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
         WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
        """,
        """
        WITH \(spaces) SELECT 'type ' || t.oid::regtype, concat_ws(' ', t.typtype, (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
               CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
               (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.conname) FROM pg_constraint AS k WHERE k.contypid = t.oid)) END,
               \(grants("t.typacl", "t.typowner")), obj_description(t.oid, 'pg_type'))
          FROM pg_type AS t JOIN spaces AS s ON s.oid = t.typnamespace
         WHERE t.typtype IN ('e', 'd', 'r') AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
        """,
    ]
}
