import PQClient

/// The definitions of a database, by what they define: for comparing one that grew over time with one that its steps have just made.
///
/// Owners are left out, and grants name the owner as such, because the two are made by different roles. So are rows, roles, system schemas,
/// the history, and what belongs to an extension, other than the extension itself.
struct Catalog {
    var definitions: [String: String] = [:]
    /// The schema of what is in one. Of a partition none: they are made while a database is in use.
    private var schemas: [String: String] = [:]

    static func read(_ connection: PostgresConnection) async throws -> Catalog {
        var catalog = Catalog()
        do {
            for sql in queries {
                for row in try await connection.own(sql).first.map(Array.init) ?? [] {
                    let name = row.text(0) ?? ""
                    catalog.definitions[name] = row.text(1) ?? ""
                    catalog.schemas[name] = row.text(2)
                }
            }
        } catch {
            throw MigrationError(database: error)
        }
        return catalog
    }

    /// What these definitions have that `other` lacks or has otherwise. Of a relation that is gone, only itself.
    func difference(from other: Catalog) -> [(what: String, expected: String, found: String?)] {
        definitions.sorted { $0.key < $1.key }.filter { key, definition in
            guard let of = key.range(of: " of ") else { return other.definitions[key] != definition }
            return other.definitions[key] != definition && other.definitions["relation " + key[of.upperBound...]] != nil
        }.map { ($0.key, $0.value, other.definitions[$0.key]) }
    }

    /// What `other` has beyond these definitions: `made`, on the tables and in the schemas that these use, and `elsewhere`, what may belong
    /// to somebody else: schemas, extensions and the like. Partitions and the sequences of columns are neither.
    func additions(in other: Catalog) -> (made: [String], elsewhere: [String]) {
        let used = Set(schemas.values)
        var (made, elsewhere): ([String], [String]) = ([], [])
        for key in other.definitions.keys.sorted() where definitions[key] == nil {
            if let of = key.range(of: " of ") {
                if definitions["relation " + key[of.upperBound...]] != nil { made.append(key) }
            } else if let schema = other.schemas[key] {
                if used.contains(schema) { made.append(key) }
            } else if key.hasPrefix("event trigger ") {
                made.append(key)
            } else if !key.hasPrefix("relation "), !key.hasPrefix("sequence ") {
                elsewhere.append(key)
            }
        }
        return (made, elsewhere)
    }

    private static let spaces = """
        spaces AS (
            SELECT n.oid FROM pg_namespace AS n WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'domainflow_migrate')
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
             WHERE \(isOwn("pg_class", "c"))
        )
        """

    /// Name, definition, and the schema of what is in one.
    private static let queries: [String] = [
        "SELECT 'extension ' || quote_ident(extname), concat_ws(' ', extversion, obj_description(oid, 'pg_extension')), NULL FROM pg_extension",
        """
        WITH \(spaces) SELECT 'schema ' || quote_ident(n.nspname), concat_ws(' ', \(grants("n.nspacl", "n.nspowner")), obj_description(n.oid, 'pg_namespace')), NULL
          FROM pg_namespace AS n JOIN spaces AS s USING (oid)
        """,
        """
        WITH \(spaces), \(relations) SELECT 'relation ' || c.name, concat_ws(' ', c.relkind, c.relpersistence, c.reloptions::text, c.relrowsecurity, c.relforcerowsecurity,
               c.relreplident, CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
               (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
               (SELECT a.amname FROM pg_am AS a WHERE a.oid = c.relam AND c.relkind <> 'm'),
               (SELECT concat_ws(' ', s.srvname, f.ftoptions::text) FROM pg_foreign_table AS f JOIN pg_foreign_server AS s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
               (SELECT 'foreign keys off' FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgisinternal AND t.tgenabled <> 'O' LIMIT 1),
               \(grants("c.relacl", "c.relowner")), obj_description(c.oid, 'pg_class')), CASE WHEN NOT c.relispartition THEN c.relnamespace::regnamespace::text END
          FROM relations AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
        """,
        """
        WITH \(spaces), \(relations) SELECT 'sequence ' || c.name, concat_ws(' ', q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,
               (SELECT d.refobjid::regclass || '.' || quote_ident(a.attname) FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1),
               \(grants("c.relacl", "c.relowner")), obj_description(c.oid, 'pg_class')),
               CASE WHEN NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')) THEN c.relnamespace::regnamespace::text END
          FROM relations AS c JOIN pg_sequence AS q ON q.seqrelid = c.oid
        """,
        """
        WITH \(spaces), \(relations) SELECT 'column ' || quote_ident(a.attname) || ' of ' || c.name, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage, a.attfdwoptions::text,
               NULLIF(a.attcollation, t.typcollation)::regcollation, a.attstattarget, (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(a.attoptions) AS o WHERE o LIKE 'n_distinct%'), \(grants("a.attacl", "c.relowner")), col_description(c.oid, a.attnum)), NULL
          FROM relations AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
        """,
        """
        WITH \(spaces), \(relations) SELECT 'constraint ' || quote_ident(k.conname) || ' of ' || c.name, concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint')), NULL
          FROM relations AS c JOIN pg_constraint AS k ON k.conrelid = c.oid WHERE k.contype <> 'n'
        """,
        """
        WITH \(spaces), \(relations) SELECT 'index ' || quote_ident(x.relname) || ' of ' || c.name, concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN 'INVALID' END,
               CASE WHEN i.indisclustered THEN 'CLUSTER' END, CASE WHEN i.indisreplident THEN 'REPLICA IDENTITY' END, obj_description(i.indexrelid, 'pg_class')), NULL
          FROM relations AS c JOIN pg_index AS i ON i.indrelid = c.oid JOIN pg_class AS x ON x.oid = i.indexrelid
        """,
        """
        WITH \(spaces), \(relations) SELECT 'trigger ' || quote_ident(t.tgname) || ' of ' || c.name, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger')), NULL
          FROM relations AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
        """,
        """
        WITH \(spaces), \(relations) SELECT 'rule ' || quote_ident(r.rulename) || ' of ' || c.name, concat_ws(' ', pg_get_ruledef(r.oid), r.ev_enabled, obj_description(r.oid, 'pg_rewrite')), NULL
          FROM relations AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN'
        """,
        """
        WITH \(spaces), \(relations) SELECT 'policy ' || quote_ident(p.polname) || ' of ' || c.name, concat_ws(' ', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid),
               pg_get_expr(p.polwithcheck, p.polrelid), (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r) END, ',' ORDER BY 1) FROM unnest(p.polroles) AS r), obj_description(p.oid, 'pg_policy')), NULL
          FROM relations AS c JOIN pg_policy AS p ON p.polrelid = c.oid
        """,
        """
        WITH \(spaces) SELECT 'function ' || p.oid::regprocedure, concat_ws(' ', CASE WHEN p.prokind = 'a' THEN (SELECT concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.aggtranstype::regtype,
               a.agginitval) FROM pg_aggregate AS a WHERE a.aggfnoid = p.oid) ELSE pg_get_functiondef(p.oid) END, \(grants("p.proacl", "p.proowner")), obj_description(p.oid, 'pg_proc')), p.pronamespace::regnamespace
          FROM pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
         WHERE \(isOwn("pg_proc", "p")) AND NOT EXISTS (SELECT FROM pg_range AS r JOIN pg_depend AS d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (r.rngtypid, r.rngmultitypid)
               WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
        """,
        """
        WITH \(spaces) SELECT 'type ' || t.oid::regtype, concat_ws(' ', t.typtype, (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
               CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
               (SELECT string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid)), ',' ORDER BY k.conname) FROM pg_constraint AS k WHERE k.contypid = t.oid)) END,
               (SELECT concat_ws(' ', r.rngsubtype::regtype, r.rngcollation::regcollation, r.rngcanonical, r.rngsubdiff) FROM pg_range AS r WHERE r.rngtypid = t.oid),
               \(grants("t.typacl", "t.typowner")), obj_description(t.oid, 'pg_type')), t.typnamespace::regnamespace
          FROM pg_type AS t JOIN spaces AS s ON s.oid = t.typnamespace
         WHERE t.typtype IN ('e', 'd', 'r') AND \(isOwn("pg_type", "t"))
        """,
        """
        WITH \(spaces) SELECT 'statistics ' || x.stxnamespace::regnamespace || '.' || quote_ident(x.stxname), concat_ws(' ', pg_get_statisticsobjdef(x.oid), x.stxstattarget, obj_description(x.oid, 'pg_statistic_ext')),
               x.stxnamespace::regnamespace FROM pg_statistic_ext AS x JOIN spaces AS s ON s.oid = x.stxnamespace
        """,
        """
        WITH \(spaces) SELECT 'operator ' || o.oid::regoperator, concat_ws(' ', o.oprcode, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest, o.oprjoin, o.oprcanhash, o.oprcanmerge, obj_description(o.oid, 'pg_operator')),
               o.oprnamespace::regnamespace FROM pg_operator AS o JOIN spaces AS s ON s.oid = o.oprnamespace WHERE \(isOwn("pg_operator", "o"))
        """,
        """
        WITH \(spaces) SELECT 'collation ' || c.oid::regcollation, concat_ws(' ', c.collprovider, c.collisdeterministic, to_jsonb(c) ->> 'collcollate', to_jsonb(c) ->> 'collctype', to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale'),
               c.collnamespace::regnamespace FROM pg_collation AS c JOIN spaces AS s ON s.oid = c.collnamespace WHERE \(isOwn("pg_collation", "c"))
        """,
        """
        WITH \(spaces) SELECT 'text search configuration ' || c.oid::regconfig, (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ',' ORDER BY m.maptokentype, m.mapseqno)
               FROM pg_ts_config_map AS m WHERE m.mapcfg = c.oid), c.cfgnamespace::regnamespace FROM pg_ts_config AS c JOIN spaces AS s ON s.oid = c.cfgnamespace WHERE \(isOwn("pg_ts_config", "c"))
        """,
        """
        WITH \(spaces) SELECT 'text search dictionary ' || c.oid::regdictionary, concat_ws(' ', c.dicttemplate, c.dictinitoption), c.dictnamespace::regnamespace
          FROM pg_ts_dict AS c JOIN spaces AS s ON s.oid = c.dictnamespace WHERE \(isOwn("pg_ts_dict", "c"))
        """,
        """
        WITH \(spaces) SELECT 'cast ' || pg_describe_object('pg_cast'::regclass, c.oid, 0), concat_ws(' ', c.castfunc::regprocedure, c.castcontext, c.castmethod), NULL
          FROM pg_cast AS c WHERE c.oid >= 16384 AND \(isOwn("pg_cast", "c"))
               AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
        """,
        """
        WITH \(spaces) SELECT 'event trigger ' || quote_ident(e.evtname), concat_ws(' ', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags::text), NULL
          FROM pg_event_trigger AS e WHERE \(isOwn("pg_event_trigger", "e"))
        """,
        """
        SELECT 'publication ' || quote_ident(p.pubname), concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
               (SELECT string_agg(r.prrelid::regclass::text, ',' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel AS r WHERE r.prpubid = p.oid)), NULL FROM pg_publication AS p
        """,
        """
        SELECT 'foreign server ' || quote_ident(s.srvname), concat_ws(' ', w.fdwname, s.srvtype, s.srvversion, s.srvoptions::text, \(grants("s.srvacl", "s.srvowner"))), NULL
          FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
        """,
        """
        SELECT concat_ws(' ', 'default privileges', 'in ' || NULLIF(d.defaclnamespace, 0)::regnamespace, 'on', d.defaclobjtype), \(grants("d.defaclacl", "d.defaclrole")), NULLIF(d.defaclnamespace, 0)::regnamespace FROM pg_default_acl AS d
        """,
    ]

    /// It belongs to no extension.
    private static func isOwn(_ catalog: String, _ alias: String) -> String {
        "NOT EXISTS (SELECT FROM pg_depend AS m WHERE m.deptype = 'e' AND m.classid = '\(catalog)'::regclass AND m.objid = \(alias).oid)"
    }
}
