-- Roles, the schema, the error registry, the version and the catalog fingerprint.
--! config: domainflow.error_code none

--! begin include roles.sql
-- The five roles of DomainFlow. Cluster-wide, idempotent, safe to run beside another installation.
--
-- owner: deploys and may create in the schema. app: calls the functions. reader: reads reports. auditor: reads the audit
-- trail. admin: all of app, reader and auditor. None can log in: grant them to your own login roles.
-- Whoever installs without the right to create roles gets DF406 and lets a superuser run this file first.
DO $roles$
DECLARE
    v_role text;
    v_missing text[];
BEGIN
    SELECT pg_catalog.array_agg(r.name ORDER BY r.name)
      INTO v_missing
      FROM pg_catalog.unnest(ARRAY['domainflow_owner', 'domainflow_app', 'domainflow_reader',
                                   'domainflow_auditor', 'domainflow_admin']::pg_catalog.text[]) AS r(name)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS p WHERE p.rolname OPERATOR(pg_catalog.=) r.name);
    FOREACH v_role IN ARRAY COALESCE(v_missing, '{}'::pg_catalog.text[]) LOOP
        BEGIN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', v_role);
        EXCEPTION
            -- Another database of the cluster is being installed at this moment: the role is there, which is all we want.
            WHEN duplicate_object OR unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'DF406',
                    MESSAGE = pg_catalog.format('role %s does not exist, and %s may not create it', v_role, current_user),
                    DETAIL = pg_catalog.format('missing: %s', pg_catalog.array_to_string(v_missing, ', ')),
                    HINT = 'Let a role with CREATEROLE run sql/roles.sql once in this cluster, then try again.';
        END;
    END LOOP;

    FOREACH v_role IN ARRAY ARRAY['domainflow_app', 'domainflow_reader', 'domainflow_auditor']::pg_catalog.text[] LOOP
        CONTINUE WHEN EXISTS (
            SELECT
              FROM pg_catalog.pg_auth_members AS m
             WHERE m.roleid OPERATOR(pg_catalog.=) v_role::pg_catalog.regrole
               AND m.member OPERATOR(pg_catalog.=) 'domainflow_admin'::pg_catalog.regrole);
        BEGIN
            EXECUTE pg_catalog.format('GRANT %I TO domainflow_admin', v_role);
        EXCEPTION
            WHEN unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'DF406',
                    MESSAGE = pg_catalog.format('domainflow_admin is not a member of %s, and %s may not change that',
                                                v_role, current_user),
                    DETAIL = pg_catalog.format('missing membership: %s', v_role),
                    HINT = 'Let a role with CREATEROLE run sql/roles.sql once in this cluster, then try again.';
        END;
    END LOOP;
END
$roles$;
--! end include roles.sql

DO $schema$
BEGIN
    -- CREATE EXTENSION with a fixed schema has made it already; a schema somebody else made could hide traps in it.
    IF pg_catalog.to_regnamespace('domainflow') IS NULL THEN
        CREATE SCHEMA domainflow;
    ELSIF NOT EXISTS (
        SELECT
          FROM pg_catalog.pg_namespace AS n
          JOIN pg_catalog.pg_roles AS o ON o.oid OPERATOR(pg_catalog.=) n.nspowner
         WHERE n.nspname OPERATOR(pg_catalog.=) 'domainflow'
           AND (o.rolsuper OR o.rolname OPERATOR(pg_catalog.=) current_user
                OR pg_catalog.pg_has_role(o.oid, 'domainflow_owner', 'MEMBER'))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = 'schema domainflow exists and belongs to a role that does not install DomainFlow',
            DETAIL = (SELECT pg_catalog.format('owner: %s, installing: %s', n.nspowner::pg_catalog.regrole, current_user)
                        FROM pg_catalog.pg_namespace AS n
                       WHERE n.nspname OPERATOR(pg_catalog.=) 'domainflow'),
            HINT = 'Drop or rename that schema, or make its owner a member of domainflow_owner.';
    END IF;
END
$schema$;

COMMENT ON SCHEMA domainflow IS 'DomainFlow: the race-prone parts of a backend as stored functions.';
GRANT USAGE, CREATE ON SCHEMA domainflow TO domainflow_owner;
GRANT USAGE ON SCHEMA domainflow TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_admin;

CREATE TABLE domainflow.error_code (
    code text NOT NULL,
    sqlstate text NOT NULL,
    http_status integer NOT NULL,
    retryable boolean NOT NULL,
    description text NOT NULL,
    CONSTRAINT error_code_pkey PRIMARY KEY (code),
    CONSTRAINT error_code_sqlstate_key UNIQUE (sqlstate),
    CONSTRAINT error_code_code_check
    CHECK (code OPERATOR(pg_catalog.~) '^(AUTH|VAL|RES|SYS|EXT|RATE|BIZ)_[A-Z_]+$'),
    CONSTRAINT error_code_sqlstate_check CHECK (sqlstate OPERATOR(pg_catalog.~) '^[0-9A-Z]{5}$'),
    CONSTRAINT error_code_http_status_check
    CHECK (http_status OPERATOR(pg_catalog.>=) 400 AND http_status OPERATOR(pg_catalog.<=) 599)
);
COMMENT ON TABLE domainflow.error_code IS 'The one taxonomy of errors: what each SQLSTATE of ours means to a caller.';
COMMENT ON COLUMN domainflow.error_code.code IS 'Name that clients switch on.';
COMMENT ON COLUMN domainflow.error_code.sqlstate IS 'SQLSTATE that a raise carries; class DF is ours.';
COMMENT ON COLUMN domainflow.error_code.http_status IS 'Status an HTTP service answers with.';
COMMENT ON COLUMN domainflow.error_code.retryable IS 'True when the same call may succeed if the whole transaction is tried again.';
COMMENT ON INDEX domainflow.error_code_pkey IS 'Serves lookups by code.';
COMMENT ON INDEX domainflow.error_code_sqlstate_key IS 'Serves lookups by the SQLSTATE of a caught error.';

INSERT INTO domainflow.error_code (code, sqlstate, http_status, retryable, description) VALUES
('AUTH_UNAUTHENTICATED', 'DF101', 401, false, 'Nobody is signed in, or the credentials are wrong.'),
('AUTH_FORBIDDEN', 'DF102', 403, false, 'The caller may not do this.'),
('AUTH_TOKEN_EXPIRED', 'DF103', 401, false, 'The token has expired.'),
('AUTH_TOKEN_REUSED', 'DF104', 401, false, 'A token that was used already came back; its family is revoked.'),
('VAL_INVALID_ARGUMENT', 'DF201', 400, false, 'An argument has a value that is not allowed.'),
('VAL_MISSING_ARGUMENT', 'DF202', 400, false, 'An argument that is required is null or empty.'),
('VAL_UNKNOWN_FIELD', 'DF203', 400, false, 'The data names a field that does not exist.'),
('VAL_OUT_OF_RANGE', 'DF204', 400, false, 'A number or a time lies outside its bounds.'),
('VAL_SCHEMA_VIOLATION', 'DF205', 422, false, 'The data does not follow its schema.'),
('RES_NOT_FOUND', 'DF301', 404, false, 'There is no such thing.'),
('RES_ALREADY_EXISTS', 'DF302', 409, false, 'The name or key is taken.'),
('RES_VERSION_CONFLICT', 'DF303', 409, true, 'Somebody else changed it since it was read.'),
('RES_LOCKED', 'DF304', 409, true, 'Somebody else holds it at this moment.'),
('RES_EXHAUSTED', 'DF305', 409, false, 'A bounded supply is used up.'),
('SYS_INTERNAL', 'DF401', 500, false, 'A mistake of ours.'),
('SYS_CONFIGURATION', 'DF402', 500, false, 'The installation is configured in a way that cannot work.'),
('SYS_UNAVAILABLE', 'DF403', 503, true, 'The service cannot answer at this moment.'),
('SYS_TIMEOUT', 'DF404', 504, true, 'It took longer than allowed.'),
('SYS_UNSUPPORTED', 'DF405', 501, false, 'This shape of input is not supported.'),
('SYS_SERIALIZATION_FAILURE', '40001', 503, true, 'Lost against a concurrent transaction: try the whole transaction again.'),
('SYS_DEADLOCK', '40P01', 503, true, 'Victim of a deadlock: try the whole transaction again.'),
('SYS_MISSING_ROLE', 'DF406', 500, false, 'A role of DomainFlow does not exist in this cluster.'),
('EXT_UNAVAILABLE', 'DF501', 503, true, 'A service outside cannot be reached.'),
('EXT_TIMEOUT', 'DF502', 504, true, 'A service outside did not answer in time.'),
('EXT_BAD_RESPONSE', 'DF503', 502, false, 'A service outside answered with something unusable.'),
('RATE_LIMITED', 'DF601', 429, true, 'Too many requests: wait, then try again.'),
('RATE_QUOTA_EXCEEDED', 'DF602', 429, false, 'The quota of the period is used up.'),
('BIZ_INVALID_TRANSITION', 'DF701', 409, false, 'No transition leads from this state to that one.'),
('BIZ_TERMINAL_STATE', 'DF702', 409, false, 'The state is terminal: nothing leads out of it.'),
('BIZ_GUARD_REJECTED', 'DF703', 422, false, 'A guard refused the transition.'),
('BIZ_LEASE_LOST', 'DF704', 409, false, 'The lease ended, and somebody else may hold the job.'),
('BIZ_APPEND_ONLY', 'DF705', 403, false, 'Rows of this table are never changed or deleted.'),
('BIZ_INVARIANT', 'DF706', 500, false, 'The change would break an invariant.');

GRANT SELECT ON domainflow.error_code
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;

--! begin include functions/meta/version.sql
-- The release of DomainFlow that is installed in this database, as in `0.1.0`.
CREATE OR REPLACE FUNCTION domainflow.version()
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT '0.1.0'::pg_catalog.text
$$;

COMMENT ON FUNCTION domainflow.version() IS 'The release of DomainFlow that is installed in this database.';
REVOKE ALL ON FUNCTION domainflow.version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.version()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/version.sql
--! begin include functions/meta/error_codes.sql
-- The error registry, ordered by code: what a client needs to map a SQLSTATE to a name, an HTTP status and a decision to retry.
CREATE OR REPLACE FUNCTION domainflow.error_codes()
RETURNS SETOF domainflow.error_code
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT e.code, e.sqlstate, e.http_status, e.retryable, e.description
      FROM domainflow.error_code AS e
     ORDER BY e.code
$$;

COMMENT ON FUNCTION domainflow.error_codes() IS 'The error registry: code, SQLSTATE, HTTP status, whether to retry, description.';
REVOKE ALL ON FUNCTION domainflow.error_codes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.error_codes()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/error_codes.sql
--! begin include functions/meta/_refuse_change.sql
-- Trigger function of append-only tables: refuses UPDATE, DELETE and TRUNCATE for everybody, the owner included, with DF705.
--
-- Retention drops partitions, which fires no trigger.
CREATE OR REPLACE FUNCTION domainflow._refuse_change()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF705',
        MESSAGE = pg_catalog.format('%I.%I is append-only: %s refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP),
        DETAIL = pg_catalog.format('user %s, session user %s', current_user, session_user),
        HINT = 'Write a new row that corrects the old one; old rows leave by dropping their partition.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_change() IS 'Keeps a table append-only: raises DF705 on UPDATE, DELETE and TRUNCATE.';
REVOKE ALL ON FUNCTION domainflow._refuse_change() FROM PUBLIC;
--! end include functions/meta/_refuse_change.sql
--! begin include functions/meta/_catalog_members.sql
-- Every catalog object that makes up an installation: addresses as in pg_depend, with owner and ACL.
--
-- Leaves out what appears while the product runs, so that a busy database and a fresh one have the same members:
-- dated partitions and all that hangs on them (the default ones come with the installation), and objects whose comment begins
-- with `run-time: `. NOT NULL constraints are left out because only PostgreSQL 18 has them as objects; the column says it anyway.
CREATE OR REPLACE FUNCTION domainflow._catalog_members()
RETURNS TABLE (classid oid, objid oid, objsubid integer, owner oid, acl aclitem[])
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH space AS (
        SELECT n.oid, n.nspowner, n.nspacl FROM pg_namespace AS n WHERE n.nspname = 'domainflow'
    ), run_time AS (
        SELECT d.classoid, d.objoid FROM pg_description AS d WHERE d.objsubid = 0 AND d.description LIKE 'run-time: %'
    ), relation AS (
        SELECT c.oid, c.relkind, c.relowner, COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
          FROM pg_class AS c
          JOIN space AS s ON s.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
           AND (NOT c.relispartition OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
           AND NOT EXISTS (SELECT FROM run_time AS r WHERE r.classoid = 'pg_class'::regclass AND r.objoid = c.oid)
           -- The sequence behind an identity column of a run-time table goes with its table.
           AND NOT EXISTS (
               SELECT
                 FROM pg_depend AS d
                 JOIN run_time AS r ON r.classoid = d.refclassid AND r.objoid = d.refobjid
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('i', 'a'))
    )
    SELECT 'pg_namespace'::regclass, s.oid, 0, s.nspowner, COALESCE(s.nspacl, acldefault('n', s.nspowner))
      FROM space AS s
    UNION ALL
    SELECT 'pg_class'::regclass, r.oid, 0, r.relowner, r.acl
      FROM relation AS r WHERE r.relkind <> 'c'
    UNION ALL
    SELECT 'pg_class'::regclass, r.oid, a.attnum::integer, r.relowner, a.attacl
      FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
     WHERE r.relkind <> 'S' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, 0, s.nspowner, NULL
      FROM space AS s JOIN pg_constraint AS k ON k.connamespace = s.oid
     WHERE k.contype <> 'n' AND k.conparentid = 0
       AND (k.conrelid = 0 OR EXISTS (SELECT FROM relation AS r WHERE r.oid = k.conrelid))
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid
     WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
    UNION ALL
    SELECT 'pg_proc'::regclass, f.oid, 0, f.proowner, COALESCE(f.proacl, acldefault('f', f.proowner))
      FROM space AS s JOIN pg_proc AS f ON f.pronamespace = s.oid
     WHERE NOT EXISTS (SELECT FROM run_time AS r WHERE r.classoid = 'pg_proc'::regclass AND r.objoid = f.oid)
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typowner, COALESCE(t.typacl, acldefault('T', t.typowner))
      FROM space AS s JOIN pg_type AS t ON t.typnamespace = s.oid
     WHERE (t.typtype IN ('e', 'd', 'r')
            OR EXISTS (SELECT FROM relation AS r WHERE r.oid = t.typrelid AND r.relkind = 'c'))
       AND NOT EXISTS (SELECT FROM run_time AS r WHERE r.classoid = 'pg_type'::regclass AND r.objoid = t.oid)
$$;

COMMENT ON FUNCTION domainflow._catalog_members() IS 'Addresses, owners and ACLs of all objects that make up an installation.';
REVOKE ALL ON FUNCTION domainflow._catalog_members() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._catalog_members()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/_catalog_members.sql
--! begin include functions/meta/_describe_relation.sql
-- The definition of each table, view, sequence and index of the schema, in a text that is the same on every PostgreSQL version.
--
-- pg_get_viewdef() qualifies the columns of a one-table view before PostgreSQL 16 and not after it, so qualifiers and
-- white space are taken out of a view's text.
CREATE OR REPLACE FUNCTION domainflow._describe_relation()
RETURNS TABLE (objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid,
           concat_ws(E'\n',
               format('relkind %s, persistence %s, row security %s/%s, replica identity %s',
                      c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relreplident),
               (SELECT 'options ' || string_agg(o.opt, ', ' ORDER BY o.opt COLLATE "C") FROM unnest(c.reloptions) AS o(opt)),
               CASE WHEN c.relkind = 'p' THEN 'partition by ' || pg_get_partkeydef(c.oid) END,
               CASE WHEN c.relkind IN ('v', 'm') THEN
                   regexp_replace(regexp_replace(pg_get_viewdef(c.oid), '\m[a-z_][a-z0-9_$]*\.', '', 'g'), '\s+', ' ', 'g')
               END,
               CASE WHEN c.relkind IN ('i', 'I') THEN
                   (SELECT format('%s, valid %s, primary %s, replica identity %s',
                                  pg_get_indexdef(c.oid), i.indisvalid, i.indisprimary, i.indisreplident)
                      FROM pg_index AS i WHERE i.indexrelid = c.oid)
               END,
               (SELECT format('sequence %s start %s by %s from %s to %s cache %s cycle %s', format_type(s.seqtypid, NULL),
                              s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
                  FROM pg_sequence AS s WHERE s.seqrelid = c.oid))
      FROM pg_class AS c
     WHERE c.relnamespace = to_regnamespace('domainflow')
       AND (NOT c.relispartition OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
$$;

COMMENT ON FUNCTION domainflow._describe_relation() IS 'Definitions of tables, views, sequences and indexes, the same on every PostgreSQL version.';
REVOKE ALL ON FUNCTION domainflow._describe_relation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_relation()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/_describe_relation.sql
--! begin include functions/meta/_describe_column.sql
-- The definition of each column of the schema: type, collation, NOT NULL, default, identity, generation.
--
-- The position is left out: a column that an upgrade added last is the same column.
CREATE OR REPLACE FUNCTION domainflow._describe_column()
RETURNS TABLE (objid oid, objsubid integer, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.attrelid, a.attnum::integer,
           concat_ws(' ',
               format_type(a.atttypid, a.atttypmod),
               (SELECT 'collate ' || l.collname FROM pg_collation AS l JOIN pg_type AS t ON t.oid = a.atttypid
                 WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation),
               CASE WHEN a.attnotnull THEN 'not null' END,
               CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
               CASE WHEN a.attgenerated <> '' THEN 'generated ' || a.attgenerated::text END,
               (SELECT 'default ' || pg_get_expr(d.adbin, d.adrelid)
                  FROM pg_attrdef AS d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum))
      FROM pg_attribute AS a
      JOIN pg_class AS c ON c.oid = a.attrelid
     WHERE c.relnamespace = to_regnamespace('domainflow')
       AND (NOT c.relispartition OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
       AND a.attnum > 0 AND NOT a.attisdropped
$$;

COMMENT ON FUNCTION domainflow._describe_column() IS 'Definitions of columns: type, NOT NULL, default, identity, generation.';
REVOKE ALL ON FUNCTION domainflow._describe_column() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_column()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/_describe_column.sql
--! begin include functions/meta/_describe_routine.sql
-- The definition of each function, procedure and aggregate of the schema: all that CREATE FUNCTION says, body included.
CREATE OR REPLACE FUNCTION domainflow._describe_routine()
RETURNS TABLE (objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.oid,
           concat_ws(E'\n',
               format('kind %s (%s) returns %s', f.prokind, pg_get_function_arguments(f.oid), pg_get_function_result(f.oid)),
               format('language %s, volatility %s, parallel %s, strict %s, security definer %s, leakproof %s, cost %s, rows %s',
                      l.lanname, f.provolatile, f.proparallel, f.proisstrict, f.prosecdef, f.proleakproof, f.procost, f.prorows),
               (SELECT 'set ' || string_agg(o.opt, ', ' ORDER BY o.opt COLLATE "C") FROM unnest(f.proconfig) AS o(opt)),
               (SELECT format('aggregate %s %s %s %s %s', g.aggtransfn, g.aggfinalfn, g.aggcombinefn,
                              format_type(g.aggtranstype, NULL), g.agginitval)
                  FROM pg_aggregate AS g WHERE g.aggfnoid = f.oid),
               regexp_replace(regexp_replace(pg_get_function_sqlbody(f.oid), '\m[a-z_][a-z0-9_$]*\.', '', 'g'), '\s+', ' ', 'g'),
               f.prosrc)
      FROM pg_proc AS f
      JOIN pg_language AS l ON l.oid = f.prolang
     WHERE f.pronamespace = to_regnamespace('domainflow')
$$;

COMMENT ON FUNCTION domainflow._describe_routine() IS 'Definitions of functions, procedures and aggregates, bodies included.';
REVOKE ALL ON FUNCTION domainflow._describe_routine() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_routine()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/_describe_routine.sql
--! begin include functions/meta/_describe_type.sql
-- The definition of each enum (labels in order), composite type (columns in order), domain and range type of the schema.
CREATE OR REPLACE FUNCTION domainflow._describe_type()
RETURNS TABLE (objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.oid,
           concat_ws(' ',
               'type', t.typtype,
               (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                  FROM pg_enum AS e WHERE e.enumtypid = t.oid),
               (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
                  FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
               CASE WHEN t.typtype = 'd' THEN
                   format('over %s not null %s default %s', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault)
               END,
               (SELECT 'over ' || format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid))
      FROM pg_type AS t
     WHERE t.typnamespace = to_regnamespace('domainflow') AND t.typtype IN ('e', 'c', 'd', 'r')
$$;

COMMENT ON FUNCTION domainflow._describe_type() IS 'Definitions of enums, composite types, domains and ranges.';
REVOKE ALL ON FUNCTION domainflow._describe_type() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_type()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/_describe_type.sql
--! begin include functions/meta/_describe_constraint.sql
-- The definition of each constraint, trigger and row security policy of the schema.
CREATE OR REPLACE FUNCTION domainflow._describe_constraint()
RETURNS TABLE (classid oid, objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'pg_constraint'::regclass, k.oid, format('%s, validated %s', pg_get_constraintdef(k.oid), k.convalidated)
      FROM pg_constraint AS k
     WHERE k.connamespace = to_regnamespace('domainflow') AND k.contype <> 'n' AND k.conparentid = 0
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, format('%s, enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM pg_trigger AS t
      JOIN pg_class AS c ON c.oid = t.tgrelid
     WHERE c.relnamespace = to_regnamespace('domainflow') AND NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid,
           format('for %s permissive %s to %s using %s check %s', p.polcmd, p.polpermissive,
                  (SELECT string_agg(COALESCE(o.rolname, 'public'), ', ' ORDER BY o.rolname)
                     FROM unnest(p.polroles) AS r(oid) LEFT JOIN pg_roles AS o ON o.oid = r.oid),
                  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
      FROM pg_policy AS p
      JOIN pg_class AS c ON c.oid = p.polrelid
     WHERE c.relnamespace = to_regnamespace('domainflow')
$$;

COMMENT ON FUNCTION domainflow._describe_constraint() IS 'Definitions of constraints, triggers and row security policies.';
REVOKE ALL ON FUNCTION domainflow._describe_constraint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_constraint()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/_describe_constraint.sql
--! begin include functions/meta/catalog_objects.sql
-- What the fingerprint hashes, one row for each object, each comment and each list of grants: for diffs between databases.
--
-- Same rows on every PostgreSQL version, for every way of installing, fresh, upgraded or restored. Grants to the owner of an
-- object and to domainflow_owner are left out: the owner differs between installations and holds every right anyway, and
-- what "every right" is differs between versions (17 added MAINTAIN, which is left out for everybody).
CREATE OR REPLACE FUNCTION domainflow.catalog_objects()
RETURNS TABLE (kind text, identity text, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH member AS MATERIALIZED (
        SELECT m.classid, m.objid, m.objsubid, m.owner, m.acl, i.type AS kind, i.identity
          FROM domainflow._catalog_members() AS m
         CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, m.objsubid) AS i
    ), described AS (
        SELECT 'pg_class'::regclass AS classid, r.objid, 0 AS objsubid, r.definition
          FROM domainflow._describe_relation() AS r
        UNION ALL
        SELECT 'pg_class'::regclass, c.objid, c.objsubid, c.definition FROM domainflow._describe_column() AS c
        UNION ALL
        SELECT 'pg_proc'::regclass, f.objid, 0, f.definition FROM domainflow._describe_routine() AS f
        UNION ALL
        SELECT 'pg_type'::regclass, t.objid, 0, t.definition FROM domainflow._describe_type() AS t
        UNION ALL
        SELECT k.classid, k.objid, 0, k.definition FROM domainflow._describe_constraint() AS k
    )
    SELECT m.kind, m.identity, COALESCE(d.definition, '')
      FROM member AS m
      LEFT JOIN described AS d ON d.classid = m.classid AND d.objid = m.objid AND d.objsubid = m.objsubid
    UNION ALL
    SELECT 'comment on ' || m.kind, m.identity, d.description
      FROM member AS m
      JOIN pg_description AS d ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = m.objsubid
    UNION ALL
    SELECT 'grants on ' || m.kind, m.identity,
           string_agg(g.grantee || '=' || g.privilege, ', ' ORDER BY g.grantee COLLATE "C", g.privilege COLLATE "C")
      FROM member AS m
     CROSS JOIN LATERAL (
        SELECT COALESCE(r.rolname, 'public')::text AS grantee,
               x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege
          FROM aclexplode(m.acl) AS x
          LEFT JOIN pg_roles AS r ON r.oid = x.grantee
         WHERE x.grantee <> m.owner AND x.privilege_type <> 'MAINTAIN'
           AND r.rolname IS DISTINCT FROM 'domainflow_owner') AS g
     GROUP BY m.kind, m.identity
     ORDER BY 1, 2
$$;

COMMENT ON FUNCTION domainflow.catalog_objects()
IS 'Every object, comment and grant of the installation in a text that is the same everywhere; compare two databases with it.';
REVOKE ALL ON FUNCTION domainflow.catalog_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_objects()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/catalog_objects.sql
--! begin include functions/meta/catalog_fingerprint.sql
-- One hash over everything that makes up the installation, as in `sha256:v1:<64 hex digits>`.
--
-- Equal for equal installations whatever the PostgreSQL version, the way of installing, the owner's name or the history of the
-- database; different as soon as a function, column, constraint, index, trigger, type, comment or grant differs.
-- catalog_objects() has the rows behind it. `v1` names the method; a new method gets a new number.
CREATE OR REPLACE FUNCTION domainflow.catalog_fingerprint()
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'sha256:v1:' || encode(sha256(convert_to(
               string_agg(jsonb_build_array(o.kind, o.identity, o.definition)::text, E'\n'
                          ORDER BY o.kind COLLATE "C", o.identity COLLATE "C"), 'UTF8')), 'hex')
      FROM domainflow.catalog_objects() AS o
$$;

COMMENT ON FUNCTION domainflow.catalog_fingerprint()
IS 'Hash over functions, columns, constraints, indexes, triggers, types, comments and grants of the installation.';
REVOKE ALL ON FUNCTION domainflow.catalog_fingerprint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_fingerprint()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/catalog_fingerprint.sql
