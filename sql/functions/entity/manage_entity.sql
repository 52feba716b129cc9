-- Gives a table optimistic locking: a version column if it has none, and its own update functions; returns the signature of the
-- single form.
--
-- atomic_update_<entity>_state(id, expected_version, new_data, operation_context) and atomic_update_<entity>_states(arrays ...).
-- Run it again after the table changed: columns, name or key type; running it without a reason changes nothing. The caller owns the table and
-- is a member of domainflow_owner; callers of the functions need SELECT and UPDATE on it. Takes ACCESS EXCLUSIVE on the table for
-- the moment in which it adds the column, without rewriting it.
-- DF405 not a table, or a key of several columns · DF201 bad name, key or version column · DF302 the name is taken.
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
