-- Batch form of delete_relation: one element per fact, whether there was one, in input order; all or nothing.
--
-- Facts are deleted in the order of write_relations.
-- Proof: Scenarios/authz/batch_orders.spec, Tests/SQL/authz/batch.sql
CREATE OR REPLACE FUNCTION domainflow.delete_relations(
    p_subjects text [],
    p_relations text [],
    p_resource_types text [],
    p_resource_ids text [],
    p_deleted_by text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_model text DEFAULT 'default'
)
RETURNS SETOF boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_outcomes boolean[] := array_fill(NULL::boolean, ARRAY[COALESCE(cardinality(p_subjects), 0)]);
    v_fact record;
BEGIN
    FOR v_fact IN SELECT b.* FROM domainflow._authz_batch(p_subjects, p_relations, p_resource_types, p_resource_ids) AS b LOOP
        v_outcomes[v_fact.place] := domainflow.delete_relation(v_fact.subject, v_fact.action, v_fact.resource_type, v_fact.resource_id, p_deleted_by, p_reason, p_model);
    END LOOP;
    RETURN QUERY SELECT o.outcome FROM unnest(v_outcomes) WITH ORDINALITY AS o (outcome, place) ORDER BY o.place;
END
$$;

COMMENT ON FUNCTION domainflow.delete_relations IS 'Deletes many facts, all or none; whether there was one, in input order.';
REVOKE ALL ON FUNCTION domainflow.delete_relations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.delete_relations TO domainflow_app;
