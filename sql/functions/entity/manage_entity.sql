-- Gives a table optimistic locking: a version column if it has none, and its own update functions; returns the signature of the
-- single form.
--
-- domainflow_generated.atomic_update_<entity>_state(id, expected_version, new_data, operation_context), with one argument for each column
-- of the key, and atomic_update_<entity>_states(arrays ...). Run it again after the table changed: columns, name, schema or key;
-- running it without a reason changes nothing. The caller owns the table and is a member of domainflow_owner. Callers of the functions
-- need SELECT on key and version, UPDATE on the version and the columns they set. Takes ACCESS EXCLUSIVE on the table for
-- the moment in which it adds the column, without rewriting it; waits for another manage_entity() at work.
-- DF405 not a table, or no primary key · DF201 bad name, key or version column · DF302 the name is taken · DF102 somebody else's table ·
-- DF402 a key type in a schema that domainflow_definer may not use.
-- Proof: Scenarios/entity/lost_update.spec, Tests/SQL/entity/manage_entity.sql
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
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = p_table AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = format('%s is not a table', COALESCE(p_table::text, 'null')),
            DETAIL = 'Only ordinary and partitioned tables can be managed, and no temporary ones.',
            HINT = 'Name the table behind a view or foreign table, in the database where it lives.';
    END IF;
    IF p_table::oid IN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         WHERE n.nspname IN ('domainflow', 'domainflow_generated')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = format('table %s is DomainFlow''s own', p_table),
            DETAIL = 'A version column in it would be drift, and the functions of DomainFlow would not count it.',
            HINT = 'Manage a table of your own.';
    END IF;
    IF p_version = '' OR p_key = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'p_version and p_key are names, not empty texts',
            DETAIL = format('version: %s, key: %s', quote_nullable(domainflow._shown(p_version)), quote_nullable(domainflow._shown(p_key))),
            HINT = 'Leave p_version out for a column named version, and p_key for the primary key.';
    END IF;
    IF p_version IS NULL OR octet_length(p_version) > 63 OR octet_length(p_key) > 63 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_version IS NULL THEN 'DF202' ELSE 'DF204' END,
            MESSAGE = 'p_version and p_key are names of at most 63 bytes, and p_version is required',
            DETAIL = format('bytes of the version: %s, of the key: %s', octet_length(p_version), octet_length(p_key)),
            HINT = 'Leave p_version out for a column named version, and p_key for the primary key.';
    END IF;
    PERFORM domainflow._add_entity_version(p_table, p_version);
    RETURN domainflow._remember_entity(p_table, p_entity, p_key, p_version);
END
$$;

COMMENT ON FUNCTION domainflow.manage_entity(regclass, text, text, text)
IS 'Gives a table a version column and its own atomic_update_<entity>_state functions; returns the signature of the single form.';
REVOKE ALL ON FUNCTION domainflow.manage_entity(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.manage_entity(regclass, text, text, text) TO domainflow_owner;
