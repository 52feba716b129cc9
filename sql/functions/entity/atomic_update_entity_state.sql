-- Versioned update of one row of any managed entity, by the entity's name and the id as text.
--
-- The same answer as atomic_update_<entity>_state, planned at every call: for tools and for clients that do not know the key's type.
-- The id of a key of several columns is a JSON array of their texts, as in '["7", "2026-01-31"]'. DF301 unknown entity, DF201 an id
-- that is not such an array; one that is not of the key's type gets that type's own error. Above READ COMMITTED it fails with 40001 when
-- the row was changed since the transaction's snapshot.
-- Proof: Scenarios/entity/lost_update.spec, Tests/SQL/entity/update_one.sql
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
    v_key_types pg_catalog.text[];
    v_ids pg_catalog.text[] := ARRAY[p_entity_id];
    v_result domainflow.entity_update_result;
BEGIN
    SELECT m.key_types INTO v_key_types
      FROM domainflow.managed_entity AS m
     WHERE m.entity OPERATOR(pg_catalog.=) p_entity;
    IF NOT FOUND THEN
        PERFORM domainflow._refuse_unknown_entity(p_entity, p_entity_id);
    END IF;
    IF pg_catalog.cardinality(v_key_types) OPERATOR(pg_catalog.>) 1 AND p_entity_id IS NOT NULL THEN
        v_ids := domainflow._entity_ids(p_entity, p_entity_id, pg_catalog.cardinality(v_key_types));
    END IF;
    EXECUTE (
        SELECT pg_catalog.format(
                   'SELECT r.success, r.new_version, r.conflict_version, r.error_message'
                   '  FROM domainflow_generated.%I(%s, $2, $3, $4) AS r',
                   pg_catalog.format('atomic_update_%s_state', p_entity),
                   pg_catalog.string_agg(pg_catalog.format('$1[%s]::%s', t.place, t.name), ', ' ORDER BY t.place))
          FROM pg_catalog.unnest(v_key_types) WITH ORDINALITY AS t (name, place))
       INTO v_result
      USING v_ids, p_expected_version, p_new_data, p_operation_context;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb)
IS 'Versioned update of one row of any managed entity, by name.';
REVOKE ALL ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb) TO domainflow_app;
