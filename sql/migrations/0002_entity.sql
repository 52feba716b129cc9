-- Optimistic locking for any table: who is managed, what a call answers, and the log of calls that carry a context.

CREATE TYPE domainflow.entity_update_result AS (
    success boolean,
    new_version bigint,
    conflict_version bigint,
    error_message text
);
COMMENT ON TYPE domainflow.entity_update_result
IS 'Answer to a versioned update: on success the new version, on a conflict the version that was found, else the reason.';

CREATE TABLE domainflow.managed_entity (
    entity text NOT NULL,
    relation regclass NOT NULL,
    key_column name NOT NULL,
    version_column name NOT NULL,
    key_type text NOT NULL,
    settable_columns name [] NOT NULL,
    single_function text NOT NULL,
    batch_function text NOT NULL,
    managed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT managed_entity_pkey PRIMARY KEY (entity),
    CONSTRAINT managed_entity_relation_key UNIQUE (relation),
    CONSTRAINT managed_entity_entity_check CHECK (entity OPERATOR(pg_catalog.~) '^[a-z][a-z0-9_]{0,39}$')
);
COMMENT ON TABLE domainflow.managed_entity IS 'Tables that manage_entity() gave their own update functions.';
COMMENT ON COLUMN domainflow.managed_entity.settable_columns IS 'Columns that new_data may name, as they were when the functions were generated.';
COMMENT ON COLUMN domainflow.managed_entity.single_function IS 'Signature of the generated single form.';
COMMENT ON COLUMN domainflow.managed_entity.batch_function IS 'Signature of the generated batch form.';
COMMENT ON INDEX domainflow.managed_entity_pkey IS 'Serves the generic form: entity to function.';
COMMENT ON INDEX domainflow.managed_entity_relation_key IS 'Serves unmanage_entity() and keeps a table from being managed under two names.';
GRANT SELECT ON domainflow.managed_entity TO domainflow_app, domainflow_reader, domainflow_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON domainflow.managed_entity TO domainflow_owner;

CREATE TABLE domainflow.entity_event (
    entity text NOT NULL,
    entity_id text NOT NULL,
    version bigint NOT NULL,
    data jsonb NOT NULL,
    context jsonb NOT NULL,
    actor text NOT NULL DEFAULT current_user,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text DEFAULT CASE
        WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.current_setting('domainflow.correlation_id', true) END
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.entity_event IS 'Updates that were called with an operation context, in the same transaction. Append-only; retention drops partitions.';
COMMENT ON COLUMN domainflow.entity_event.version IS 'Version that the update made.';
COMMENT ON COLUMN domainflow.entity_event.data IS 'Columns the update set, as they were given.';
COMMENT ON COLUMN domainflow.entity_event.context IS 'Operation context, as it was given.';
COMMENT ON COLUMN domainflow.entity_event.actor IS 'Database role that called.';

-- The key and the indexes belong to the partitions; ensure_partitions copies those of the default one. On the parent, which is
-- an extension's member, they would make every partition attached by a restore come with indexes that the dump creates again.
CREATE TABLE domainflow.entity_event_default PARTITION OF domainflow.entity_event (
    CONSTRAINT entity_event_default_pkey PRIMARY KEY (entity, entity_id, version, recorded_at)
) DEFAULT;
COMMENT ON TABLE domainflow.entity_event_default IS 'Rows outside every dated partition.';
COMMENT ON INDEX domainflow.entity_event_default_pkey IS 'Serves the history of one entity in the order of its versions.';

CREATE INDEX entity_event_default_transaction_id_idx ON domainflow.entity_event_default (transaction_id);
COMMENT ON INDEX domainflow.entity_event_default_transaction_id_idx IS 'Serves the trail of one transaction: everything written by it, over all areas.';

CREATE TRIGGER entity_event_append_only
BEFORE UPDATE OR DELETE ON domainflow.entity_event
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER entity_event_no_truncate
BEFORE TRUNCATE ON domainflow.entity_event
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER entity_event_default_no_truncate
BEFORE TRUNCATE ON domainflow.entity_event_default
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();

GRANT SELECT, INSERT ON domainflow.entity_event TO domainflow_app;
GRANT SELECT ON domainflow.entity_event TO domainflow_reader, domainflow_auditor;

--! begin include functions/entity/_check_entity_data.sql
-- Says why new_data cannot be written, or returns when it can: DF202 null, DF201 not an object, DF203 unknown key,
-- DF201 a column that may not be set.
--
-- The generated functions call it only after an update touched nothing, so it costs the hot path nothing.
CREATE OR REPLACE FUNCTION domainflow._check_entity_data(p_entity text, p_data jsonb, p_where text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_managed domainflow.managed_entity;
    v_key text;
BEGIN
    IF p_data IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('new_data of entity %s is null%s', p_entity, p_where),
            DETAIL = 'new_data: null',
            HINT = 'Give an object of columns and values; {} only raises the version.';
    END IF;
    IF jsonb_typeof(p_data) <> 'object' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('new_data of entity %s is not an object%s', p_entity, p_where),
            DETAIL = format('new_data: %s', left(p_data::text, 200)),
            HINT = 'Give an object whose keys are columns.';
    END IF;

    SELECT m.* INTO v_managed FROM domainflow.managed_entity AS m WHERE m.entity = p_entity;
    SELECT k.name INTO v_key
      FROM jsonb_object_keys(p_data) AS k (name)
     WHERE NOT k.name = ANY (v_managed.settable_columns::text[])
     ORDER BY k.name COLLATE "C"
     LIMIT 1;
    IF v_key IS NULL THEN
        RETURN;
    END IF;

    IF EXISTS (
        SELECT
          FROM pg_attribute AS a
         WHERE a.attrelid = v_managed.relation AND a.attname::text = v_key AND a.attnum > 0 AND NOT a.attisdropped
           AND (a.attname IN (v_managed.key_column, v_managed.version_column)
                OR a.attgenerated <> '' OR a.attidentity <> '')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('column %I of entity %s cannot be set by new_data%s', v_key, p_entity, p_where),
            DETAIL = format('key: %s, version: %s; generated and identity columns are computed',
                            v_managed.key_column, v_managed.version_column),
            HINT = 'Leave that key out of new_data.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF203',
        MESSAGE = format('entity %s has no column %s%s', p_entity, quote_literal(v_key), p_where),
        DETAIL = format('columns that can be set: %s', array_to_string(v_managed.settable_columns, ', ')),
        HINT = format('If the column is new, run SELECT domainflow.manage_entity(%L);', v_managed.relation);
END
$$;

COMMENT ON FUNCTION domainflow._check_entity_data(text, jsonb, text)
IS 'Raises the reason why new_data cannot be written to an entity; returns when it can.';
REVOKE ALL ON FUNCTION domainflow._check_entity_data(text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_entity_data(text, jsonb, text) TO domainflow_app, domainflow_owner;
--! end include functions/entity/_check_entity_data.sql
--! begin include functions/entity/_check_entity_batch.sql
-- Says why a batch was refused as a whole; always raises.
--
-- DF201 arrays of different lengths, or one id twice (its two updates could not both expect the right version) · DF202 a null
-- id or version · what _check_entity_data() says about the first bad new_data. The generated function calls it when its one
-- check over the arrays failed, and only a repeated id is left when nothing else is found.
CREATE OR REPLACE FUNCTION domainflow._check_entity_batch(
    p_entity text,
    p_entity_ids text[],
    p_expected_versions bigint[],
    p_new_data jsonb[]
)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_place bigint;
BEGIN
    IF p_entity_ids IS NULL OR p_expected_versions IS NULL OR p_new_data IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('an array of the batch for entity %s is null', p_entity),
            DETAIL = format('ids null: %s, expected versions null: %s, new_data null: %s',
                            p_entity_ids IS NULL, p_expected_versions IS NULL, p_new_data IS NULL),
            HINT = 'Give three arrays of one length; empty ones are allowed.';
    END IF;
    IF cardinality(p_entity_ids) <> cardinality(p_expected_versions)
       OR cardinality(p_entity_ids) <> cardinality(p_new_data) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('the arrays of the batch for entity %s differ in length', p_entity),
            DETAIL = format('ids: %s, expected versions: %s, new_data: %s', cardinality(p_entity_ids),
                            cardinality(p_expected_versions), cardinality(p_new_data)),
            HINT = 'Give one id, one expected version and one new_data for each row.';
    END IF;

    SELECT i.place INTO v_place
      FROM unnest(p_entity_ids, p_expected_versions) WITH ORDINALITY AS i (id, expected, place)
     WHERE i.id IS NULL OR i.expected IS NULL
     ORDER BY i.place
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('row %s of the batch for entity %s has a null id or expected version', v_place, p_entity),
            DETAIL = format('id: %s, expected version: %s', p_entity_ids[v_place], p_expected_versions[v_place]),
            HINT = 'Read the version together with the row, and give it back.';
    END IF;

    PERFORM domainflow._check_entity_data(p_entity, i.data, format(' (row %s of the batch)', i.place))
       FROM unnest(p_new_data) WITH ORDINALITY AS i (data, place);

    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('an id occurs twice in the batch for entity %s', p_entity),
        DETAIL = format('ids given: %s', left(array_to_string(p_entity_ids, ', '), 400)),
        HINT = 'Merge the updates of one row, or send them in two batches.';
END
$$;

COMMENT ON FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[])
IS 'Raises the reason why a batch of entity updates was refused as a whole.';
REVOKE ALL ON FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[]) TO domainflow_app, domainflow_owner;
--! end include functions/entity/_check_entity_batch.sql
--! begin include functions/entity/_explain_entity_miss.sql
-- The answer of a versioned update that touched nothing: not found, or a conflict with the version that was found.
--
-- Raises DF202 for a null id or version and what _check_entity_data() raises for bad new_data.
CREATE OR REPLACE FUNCTION domainflow._explain_entity_miss(
    p_entity text,
    p_entity_id text,
    p_expected_version bigint,
    p_new_data jsonb,
    p_found_version bigint
)
RETURNS domainflow.entity_update_result
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM domainflow._check_entity_data(p_entity, p_new_data, '');
    IF p_entity_id IS NULL OR p_expected_version IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('entity id and expected version of %s are required', p_entity),
            DETAIL = format('id: %s, expected version: %s', p_entity_id, p_expected_version),
            HINT = 'Read the version together with the row, and give it back.';
    END IF;
    RETURN ROW(
        false, NULL, p_found_version,
        CASE
            WHEN p_found_version IS NULL THEN
                format('%s %s not found', p_entity, p_entity_id)
            -- It reached the expected version after the update had looked, or a trigger or row security kept it from changing.
            WHEN p_found_version = p_expected_version THEN
                format('%s %s was not updated although it has version %s: read it again and retry; if that repeats, '
                       'a trigger or a row security policy suppresses the update', p_entity, p_entity_id, p_found_version)
            ELSE
                format('version conflict on %s %s: expected %s, found %s', p_entity, p_entity_id, p_expected_version, p_found_version)
        END)::domainflow.entity_update_result;
END
$$;

COMMENT ON FUNCTION domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint)
IS 'The answer of a versioned update that touched nothing.';
REVOKE ALL ON FUNCTION domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint) TO domainflow_app, domainflow_owner;
--! end include functions/entity/_explain_entity_miss.sql
--! begin include functions/entity/_entity_name.sql
-- The entity name for a table: the one given, else the one it is managed under, else made from the table's name.
--
-- DF201 for a name that cannot be part of a function name; DF302 when the name belongs to another table, or the table to another name.
CREATE OR REPLACE FUNCTION domainflow._entity_name(p_table regclass, p_entity text)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_known text := (SELECT m.entity FROM domainflow.managed_entity AS m WHERE m.relation = p_table);
    v_entity text := COALESCE(p_entity, v_known, (
        SELECT trim(BOTH '_' FROM left(regexp_replace(lower(c.relname), '[^a-z0-9]+', '_', 'g'), 40))
          FROM pg_class AS c WHERE c.oid = p_table));
    v_other regclass;
BEGIN
    IF v_entity !~ '^[a-z][a-z0-9_]{0,39}$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('%s is not a name for an entity', quote_literal(v_entity)),
            DETAIL = format('table: %s', p_table),
            HINT = 'Give p_entity: lower case letters, digits and underscores, a letter first, at most 40 characters.';
    END IF;
    -- atomic_update_entity_state is the generic form.
    IF v_entity = 'entity' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = 'the name "entity" is taken by the generic form',
            DETAIL = format('table: %s', p_table),
            HINT = 'Give another p_entity.';
    END IF;
    IF v_known <> v_entity THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('table %s is managed already, as entity %s', p_table, v_known),
            DETAIL = format('asked for: %s', v_entity),
            HINT = format('To rename it, run SELECT domainflow.unmanage_entity(%L); first.', p_table);
    END IF;
    -- A name whose table was dropped is free again.
    SELECT c.oid::regclass INTO v_other
      FROM domainflow.managed_entity AS m
      JOIN pg_class AS c ON c.oid = m.relation
     WHERE m.entity = v_entity AND m.relation <> p_table;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('entity %s is another table', v_entity),
            DETAIL = format('managed: %s, asked for: %s', v_other, p_table),
            HINT = 'Give another p_entity.';
    END IF;
    RETURN v_entity;
END
$$;

COMMENT ON FUNCTION domainflow._entity_name(regclass, text) IS 'The entity name for a table, checked.';
REVOKE ALL ON FUNCTION domainflow._entity_name(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_name(regclass, text) TO domainflow_owner;
--! end include functions/entity/_entity_name.sql
--! begin include functions/entity/_entity_key.sql
-- The key column of a table, its type and the operator that compares it, as text for generated statements.
--
-- p_key null: the primary key. A key of several columns gets DF405, a column without its own valid unique index DF201.
-- The operator is taken from the index, because types such as citext bring their own equality.
CREATE OR REPLACE FUNCTION domainflow._entity_key(
    p_table regclass,
    p_key text,
    OUT key_column name,
    OUT key_type text,
    OUT equals text
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_columns smallint;
BEGIN
    IF p_key IS NULL THEN
        SELECT i.indnkeyatts INTO v_columns FROM pg_index AS i WHERE i.indrelid = p_table AND i.indisprimary;
        IF v_columns IS DISTINCT FROM 1 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF405',
                MESSAGE = format('table %s has no primary key of one column', p_table),
                DETAIL = format('columns in the primary key: %s', COALESCE(v_columns, 0)),
                HINT = 'Add a unique column, for example id uuid DEFAULT gen_random_uuid() UNIQUE, and name it as p_key.';
        END IF;
    END IF;

    SELECT a.attname, format_type(a.atttypid, -1), format('OPERATOR(%I.%s)', n.nspname, o.oprname)
      INTO key_column, key_type, equals
      FROM pg_index AS i
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      JOIN pg_opclass AS c ON c.oid = i.indclass[0]
      JOIN pg_amop AS m
        ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
       AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
      JOIN pg_operator AS o ON o.oid = m.amopopr
      JOIN pg_namespace AS n ON n.oid = o.oprnamespace
     WHERE i.indrelid = p_table AND i.indisunique AND i.indimmediate AND i.indisvalid
       AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indexprs IS NULL
       AND CASE WHEN p_key IS NULL THEN i.indisprimary ELSE a.attname::text = p_key END
     LIMIT 1;
    IF key_column IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('column %s of table %s is not a key', quote_literal(p_key), p_table),
            DETAIL = 'A key needs a valid unique index on that column alone: not partial, not deferrable.',
            HINT = 'Name the primary key, or create such a unique index.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._entity_key(regclass, text) IS 'Key column of a table, its type and its equality operator.';
REVOKE ALL ON FUNCTION domainflow._entity_key(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_key(regclass, text) TO domainflow_owner;
--! end include functions/entity/_entity_key.sql
--! begin include functions/entity/_add_entity_version.sql
-- Sees to the version column of a table: adds it when it is absent, and refuses with DF201 one that cannot count versions.
CREATE OR REPLACE FUNCTION domainflow._add_entity_version(p_table regclass, p_key name, p_version text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_column pg_attribute;
BEGIN
    SELECT a.* INTO v_column
      FROM pg_attribute AS a
     WHERE a.attrelid = p_table AND a.attname::text = p_version AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I bigint NOT NULL DEFAULT 1', p_table, p_version);
        RETURN;
    END IF;
    IF v_column.atttypid <> 'bigint'::regtype OR NOT v_column.attnotnull OR v_column.attgenerated <> ''
       OR v_column.attidentity <> '' OR v_column.attname = p_key THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('column %I of table %s cannot be its version', p_version, p_table),
            DETAIL = format('type %s, not null %s, generated or identity %s, key %s',
                            format_type(v_column.atttypid, v_column.atttypmod), v_column.attnotnull,
                            v_column.attgenerated <> '' OR v_column.attidentity <> '', v_column.attname = p_key),
            HINT = format('Make it bigint NOT NULL (ALTER TABLE %1$s ALTER COLUMN %2$I TYPE bigint, ALTER COLUMN %2$I SET NOT NULL), '
                          'or name another column as p_version.', p_table, p_version);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._add_entity_version(regclass, name, text) IS 'Adds the version column of a table, or checks the one that is there.';
REVOKE ALL ON FUNCTION domainflow._add_entity_version(regclass, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._add_entity_version(regclass, name, text) TO domainflow_owner;
--! end include functions/entity/_add_entity_version.sql
--! begin include functions/entity/_entity_target.sql
-- A table as the target of a generated statement.
--
-- ONLY for an ordinary table: its unique key says nothing about tables that inherit from it, and an update by key must not reach
-- a second row there. A partitioned table's unique key holds over its partitions.
CREATE OR REPLACE FUNCTION domainflow._entity_target(p_table regclass)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s%I.%I', CASE WHEN c.relkind = 'r' THEN 'ONLY ' END, n.nspname, c.relname)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = p_table
$$;

COMMENT ON FUNCTION domainflow._entity_target(regclass) IS 'A table as the target of a generated statement.';
REVOKE ALL ON FUNCTION domainflow._entity_target(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_target(regclass) TO domainflow_owner;
--! end include functions/entity/_entity_target.sql
--! begin include functions/entity/_entity_assignments.sql
-- The columns of a table that new_data may set, and for each the text that assigns it from a jsonb expression p_data.
--
-- A column that new_data does not name keeps its value; JSON null sets NULL. jsonb is taken as it is, arrays and composite types
-- go through jsonb_populate_record(), every other type through its input function, the same as a literal would. No typmod in the
-- cast: an explicit cast to varchar(n) would cut the value silently, the assignment raises.
CREATE OR REPLACE FUNCTION domainflow._entity_assignments(p_table regclass, p_key name, p_version name, p_data text)
RETURNS TABLE (settable name, assignment text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE base AS (
        SELECT a.attnum, a.attname, a.atttypid AS declared, a.atttypid AS typid
          FROM pg_attribute AS a
         WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '' AND a.attidentity = '' AND a.attname NOT IN (p_key, p_version)
        UNION ALL
        SELECT b.attnum, b.attname, b.declared, t.typbasetype
          FROM base AS b
          JOIN pg_type AS t ON t.oid = b.typid
         WHERE t.typtype = 'd'
    )
    SELECT b.attname,
           format('%1$I = CASE WHEN %3$s OPERATOR(pg_catalog.?) %2$L THEN %4$s ELSE e.%1$I END', b.attname, b.attname::text, p_data,
               CASE
                   WHEN t.oid IN ('jsonb'::regtype, 'json'::regtype) THEN
                       format('CASE WHEN pg_catalog.jsonb_typeof(%1$s OPERATOR(pg_catalog.->) %2$L) OPERATOR(pg_catalog.<>) ''null'''
                              ' THEN (%1$s OPERATOR(pg_catalog.->) %2$L)::%3$s END',
                              p_data, b.attname::text, format_type(b.declared, -1))
                   WHEN t.typcategory IN ('A', 'C') THEN
                       format('(pg_catalog.jsonb_populate_record(e.*, %s)).%I', p_data, b.attname)
                   ELSE
                       format('(%s OPERATOR(pg_catalog.->>) %L)::%s', p_data, b.attname::text, format_type(b.declared, -1))
               END)
      FROM base AS b
      JOIN pg_type AS t ON t.oid = b.typid
     WHERE t.typtype <> 'd'
     ORDER BY b.attnum
$$;

COMMENT ON FUNCTION domainflow._entity_assignments(regclass, name, name, text)
IS 'Columns that new_data may set, each with its SET expression.';
REVOKE ALL ON FUNCTION domainflow._entity_assignments(regclass, name, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_assignments(regclass, name, name, text) TO domainflow_owner;
--! end include functions/entity/_entity_assignments.sql
--! begin include functions/entity/_entity_single_source.sql
-- The CREATE FUNCTION statement of an entity's single form.
--
-- The happy path is one check and one UPDATE by key and expected version; the reason is looked for only when it touched nothing.
-- The check: without the columns it may set, nothing of the object is left. `{} ||` leaves an object as it is and makes an array of
-- anything else, which is never empty here; asking for the type instead costs 2,000 instructions more.
-- The new version is computed instead of returned by the statement: it was compared, so it is known.
CREATE OR REPLACE FUNCTION domainflow._entity_single_source(
    p_table regclass,
    p_entity text,
    p_key name,
    p_key_type text,
    p_equals text,
    p_version name
)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(
        'CREATE OR REPLACE FUNCTION domainflow.atomic_update_%s_state(p_entity_id %s, p_expected_version bigint, p_new_data jsonb, '
        'p_operation_context jsonb DEFAULT NULL) RETURNS domainflow.entity_update_result LANGUAGE plpgsql AS %L',
        p_entity, p_key_type, format($body$
#variable_conflict use_variable
BEGIN
    IF (('{}'::jsonb OPERATOR(pg_catalog.||) p_new_data) OPERATOR(pg_catalog.-) %1$L::text[]) OPERATOR(pg_catalog.=) '{}'::jsonb THEN
        UPDATE %2$s AS e
           SET %3$s
         WHERE e.%4$I %5$s p_entity_id
           AND e.%6$I OPERATOR(pg_catalog.=) p_expected_version;
        IF FOUND THEN
            IF p_operation_context IS NOT NULL THEN
                INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context)
                VALUES (%7$L, p_entity_id::text, p_expected_version OPERATOR(pg_catalog.+) 1, p_new_data, p_operation_context);
            END IF;
            RETURN ROW(true, p_expected_version OPERATOR(pg_catalog.+) 1, NULL, NULL)::domainflow.entity_update_result;
        END IF;
    END IF;
    RETURN domainflow._explain_entity_miss(
        %7$L, p_entity_id::text, p_expected_version, p_new_data,
        (SELECT e.%6$I FROM %2$s AS e WHERE e.%4$I %5$s p_entity_id));
END
$body$,
            a.settable::text, domainflow._entity_target(p_table),
            concat_ws(E',\n               ', a.assignments, format('%1$I = e.%1$I OPERATOR(pg_catalog.+) 1', p_version)),
            p_key, p_equals, p_version, p_entity))
      FROM (
        SELECT COALESCE(array_agg(s.settable), '{}') AS settable, string_agg(s.assignment, E',\n               ') AS assignments
          FROM domainflow._entity_assignments(p_table, p_key, p_version, 'p_new_data') AS s) AS a
$$;

COMMENT ON FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name)
IS 'The CREATE FUNCTION statement of an entity''s single form.';
REVOKE ALL ON FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name) TO domainflow_owner;
--! end include functions/entity/_entity_single_source.sql
--! begin include functions/entity/_entity_batch_source.sql
-- The CREATE FUNCTION statement of an entity's batch form: one statement, answers in the order of the arrays.
--
-- Rows are locked in the order of their keys before any is changed, so two batches cannot deadlock with one another. The version is
-- compared on the locked row, which is the newest one even if it changed after the statement's snapshot; the UPDATE that follows in
-- the same statement reaches that same row, because nobody else can change it any more.
CREATE OR REPLACE FUNCTION domainflow._entity_batch_source(
    p_table regclass,
    p_entity text,
    p_key name,
    p_key_type text,
    p_equals text,
    p_version name
)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(
        'CREATE OR REPLACE FUNCTION domainflow.atomic_update_%s_states(p_entity_ids %s[], p_expected_versions bigint[], '
        'p_new_data jsonb[], p_operation_context jsonb DEFAULT NULL) '
        'RETURNS SETOF domainflow.entity_update_result LANGUAGE plpgsql AS %L',
        p_entity, p_key_type, format($body$
#variable_conflict use_variable
BEGIN
    IF p_entity_ids IS NULL OR NOT (
        SELECT pg_catalog.count(DISTINCT i.id) OPERATOR(pg_catalog.=) pg_catalog.count(*)
               AND COALESCE(pg_catalog.bool_and(
                   i.expected IS NOT NULL AND COALESCE(pg_catalog.jsonb_typeof(i.data), 'null') OPERATOR(pg_catalog.=) 'object'
                   AND CASE WHEN pg_catalog.jsonb_typeof(i.data) OPERATOR(pg_catalog.=) 'object' THEN
                       (i.data OPERATOR(pg_catalog.-) %1$L::text[]) OPERATOR(pg_catalog.=) '{}'::jsonb END), true)
          FROM ROWS FROM (pg_catalog.unnest(p_entity_ids), pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data))
               AS i (id, expected, data)) THEN
        PERFORM domainflow._check_entity_batch(%7$L, p_entity_ids::text[], p_expected_versions, p_new_data);
    END IF;
    RETURN QUERY
    WITH input AS MATERIALIZED (
        SELECT i.id, i.expected, i.data, i.place
          FROM ROWS FROM (pg_catalog.unnest(p_entity_ids), pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data))
               WITH ORDINALITY AS i (id, expected, data, place)
    ), locked AS MATERIALIZED (
        SELECT e.%4$I AS id, e.%6$I AS version
          FROM %2$s AS e
         WHERE e.%4$I %5$s ANY (p_entity_ids)
         ORDER BY e.%4$I
           FOR NO KEY UPDATE
    ), changed AS (
        UPDATE %2$s AS e
           SET %3$s
          FROM input AS i
          JOIN locked AS l ON l.id %5$s i.id AND l.version OPERATOR(pg_catalog.=) i.expected
         WHERE e.%4$I %5$s l.id
        RETURNING i.place, i.id, i.expected, i.data
    ), logged AS (
        INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context)
        SELECT %7$L, c.id::text, c.expected OPERATOR(pg_catalog.+) 1, c.data, p_operation_context
          FROM changed AS c
         WHERE p_operation_context IS NOT NULL
    )
    SELECT a.*
      FROM input AS i
      LEFT JOIN changed AS c ON c.place OPERATOR(pg_catalog.=) i.place
      LEFT JOIN locked AS l ON c.place IS NULL AND l.id %5$s i.id
     CROSS JOIN LATERAL (
        SELECT true, c.expected OPERATOR(pg_catalog.+) 1, NULL::bigint, NULL::text WHERE c.place IS NOT NULL
        UNION ALL
        SELECT m.success, m.new_version, m.conflict_version, m.error_message
          FROM domainflow._explain_entity_miss(%7$L, i.id::text, i.expected, i.data, l.version) AS m
         WHERE c.place IS NULL) AS a (success, new_version, conflict_version, error_message)
     ORDER BY i.place;
END
$body$,
            a.settable::text, domainflow._entity_target(p_table),
            concat_ws(E',\n               ', a.assignments, format('%1$I = e.%1$I OPERATOR(pg_catalog.+) 1', p_version)),
            p_key, p_equals, p_version, p_entity))
      FROM (
        SELECT COALESCE(array_agg(s.settable), '{}') AS settable, string_agg(s.assignment, E',\n               ') AS assignments
          FROM domainflow._entity_assignments(p_table, p_key, p_version, 'i.data') AS s) AS a
$$;

COMMENT ON FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name)
IS 'The CREATE FUNCTION statement of an entity''s batch form.';
REVOKE ALL ON FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name) TO domainflow_owner;
--! end include functions/entity/_entity_batch_source.sql
--! begin include functions/entity/_drop_entity_functions.sql
-- Drops both generated functions of an entity, whatever the type of their key was.
--
-- Found by name and by their run-time comment, so neither a renamed type nor a dropped table leaves them behind, and a function of
-- ours is never taken for a generated one.
CREATE OR REPLACE FUNCTION domainflow._drop_entity_functions(p_entity text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Signatures come quoted from regprocedure. @plpgsql_check_options: security_warnings = off
DECLARE
    v_function text;
BEGIN
    FOR v_function IN
        SELECT f.oid::regprocedure::text
          FROM pg_proc AS f
         WHERE f.pronamespace = 'domainflow'::regnamespace
           AND f.proname IN (format('atomic_update_%s_state', p_entity), format('atomic_update_%s_states', p_entity))
           AND obj_description(f.oid, 'pg_proc') LIKE 'run-time: %'
    LOOP
        EXECUTE format('DROP FUNCTION %s', v_function);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._drop_entity_functions(text) IS 'Drops both generated functions of an entity.';
REVOKE ALL ON FUNCTION domainflow._drop_entity_functions(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._drop_entity_functions(text) TO domainflow_owner;
--! end include functions/entity/_drop_entity_functions.sql
--! begin include functions/entity/manage_entity.sql
-- Gives a table optimistic locking: a version column if it has none, and its own update functions; returns the signature of the
-- single form.
--
-- atomic_update_<entity>_state(id, expected_version, new_data, operation_context) and atomic_update_<entity>_states(arrays ...).
-- Run it again after the table changed: columns, name or key type; running it for nothing changes nothing. The caller owns the table and
-- is a member of domainflow_owner; who calls the functions needs SELECT and UPDATE on the table. Takes ACCESS EXCLUSIVE on the table for
-- the moment in which it adds the column, without rewriting it.
-- DF405 not a table, or a key of several columns · DF201 bad name, key or version column · DF302 the name is taken.
CREATE OR REPLACE FUNCTION domainflow.manage_entity(
    p_table regclass,
    p_entity text DEFAULT NULL,
    p_key text DEFAULT NULL,
    p_version text DEFAULT 'version'
)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Every part of the statements is quoted by format(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_entity text;
    v_key record;
    v_single text;
    v_batch text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = p_table AND c.relkind IN ('r', 'p')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = format('%s is not a table', COALESCE(p_table::text, 'null')),
            DETAIL = 'Only ordinary and partitioned tables can be managed.',
            HINT = 'Name the table behind a view or foreign table, in the database where it lives.';
    END IF;
    -- Two callers at once would replace the same functions ("tuple concurrently updated").
    LOCK TABLE domainflow.managed_entity IN SHARE ROW EXCLUSIVE MODE;

    v_entity := domainflow._entity_name(p_table, p_entity);
    SELECT k.key_column, k.key_type, k.equals INTO v_key FROM domainflow._entity_key(p_table, p_key) AS k;
    PERFORM domainflow._add_entity_version(p_table, v_key.key_column, p_version);

    v_single := format('domainflow.atomic_update_%s_state(%s, bigint, jsonb, jsonb)', v_entity, v_key.key_type);
    v_batch := format('domainflow.atomic_update_%s_states(%s[], bigint[], jsonb[], jsonb)', v_entity, v_key.key_type);
    -- Another type of key makes another signature, and the old function would stay beside it.
    IF EXISTS (SELECT FROM domainflow.managed_entity AS m WHERE m.entity = v_entity AND m.single_function <> v_single) THEN
        PERFORM domainflow._drop_entity_functions(v_entity);
    END IF;
    EXECUTE domainflow._entity_single_source(p_table, v_entity, v_key.key_column, v_key.key_type, v_key.equals, p_version::name);
    EXECUTE domainflow._entity_batch_source(p_table, v_entity, v_key.key_column, v_key.key_type, v_key.equals, p_version::name);
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', v_single, format('run-time: versioned update of one row of %s', p_table));
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', v_batch, format('run-time: versioned update of many rows of %s', p_table));
    EXECUTE format('REVOKE ALL ON FUNCTION %s, %s FROM PUBLIC', v_single, v_batch);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s, %s TO domainflow_app', v_single, v_batch);

    DELETE FROM domainflow.managed_entity AS m WHERE m.entity = v_entity;
    INSERT INTO domainflow.managed_entity
        (entity, relation, key_column, version_column, key_type, settable_columns, single_function, batch_function)
    SELECT v_entity, p_table, v_key.key_column, p_version, v_key.key_type, COALESCE(array_agg(s.settable), '{}'), v_single, v_batch
      FROM domainflow._entity_assignments(p_table, v_key.key_column, p_version::name, '') AS s;
    RETURN v_single;
END
$$;

COMMENT ON FUNCTION domainflow.manage_entity(regclass, text, text, text)
IS 'Gives a table a version column and its own atomic_update_<entity>_state functions; returns the signature of the single form.';
REVOKE ALL ON FUNCTION domainflow.manage_entity(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.manage_entity(regclass, text, text, text) TO domainflow_owner;
--! end include functions/entity/manage_entity.sql
--! begin include functions/entity/unmanage_entity.sql
-- Takes the generated functions of a table away, and with p_drop_version its version column; events stay.
--
-- Works after the table was renamed, and after it was dropped: give the number that managed_entity shows in its place, as in
-- unmanage_entity('16423'). DF301 when the table is not managed.
CREATE OR REPLACE FUNCTION domainflow.unmanage_entity(p_table regclass, p_drop_version boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_managed domainflow.managed_entity;
BEGIN
    LOCK TABLE domainflow.managed_entity IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM domainflow.managed_entity AS m WHERE m.relation = p_table RETURNING m.* INTO v_managed;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('%s is not managed', COALESCE(p_table::text, 'null')),
            DETAIL = format('table: %s', p_table),
            HINT = 'SELECT entity, relation FROM domainflow.managed_entity; lists what is.';
    END IF;
    PERFORM domainflow._drop_entity_functions(v_managed.entity);
    IF p_drop_version AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = p_table) THEN
        EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', p_table, v_managed.version_column);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.unmanage_entity(regclass, boolean)
IS 'Drops the generated functions of a table, and on request its version column.';
REVOKE ALL ON FUNCTION domainflow.unmanage_entity(regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unmanage_entity(regclass, boolean) TO domainflow_owner;
--! end include functions/entity/unmanage_entity.sql
--! begin include functions/entity/atomic_update_entity_state.sql
-- Versioned update of one row of any managed entity, by the entity's name and the id as text.
--
-- The same answer as atomic_update_<entity>_state, planned at every call: for tools and for clients that do not know the key's type.
-- DF301 unknown entity; an id that is not of the key's type gets that type's own error.
CREATE OR REPLACE FUNCTION domainflow.atomic_update_entity_state(
    p_entity text,
    p_entity_id text,
    p_expected_version bigint,
    p_new_data jsonb,
    p_operation_context jsonb DEFAULT NULL
)
RETURNS domainflow.entity_update_result
LANGUAGE plpgsql
AS $$
-- The key's type was quoted by manage_entity(). @plpgsql_check_options: security_warnings = off, other_warnings = off, performance_warnings = off
DECLARE
    v_key_type text;
    v_result domainflow.entity_update_result;
BEGIN
    SELECT m.key_type INTO v_key_type
      FROM domainflow.managed_entity AS m
     WHERE m.entity OPERATOR(pg_catalog.=) p_entity;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = pg_catalog.format('entity %s is not managed', COALESCE(pg_catalog.quote_literal(p_entity), 'null')),
            DETAIL = pg_catalog.format('entity: %s, id: %s', p_entity, p_entity_id),
            HINT = 'SELECT entity FROM domainflow.managed_entity; lists what is. manage_entity() adds a table.';
    END IF;
    EXECUTE pg_catalog.format(
        'SELECT r.success, r.new_version, r.conflict_version, r.error_message'
        '  FROM domainflow.%I($1::%s, $2, $3, $4) AS r',
        pg_catalog.format('atomic_update_%s_state', p_entity), v_key_type)
       INTO v_result
      USING p_entity_id, p_expected_version, p_new_data, p_operation_context;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb)
IS 'Versioned update of one row of any managed entity, by name.';
REVOKE ALL ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb) TO domainflow_app;
--! end include functions/entity/atomic_update_entity_state.sql
