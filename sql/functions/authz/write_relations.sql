-- Batch form of write_relation: one element per fact, outcomes (created, changed, kept) in input order; all or nothing.
--
-- Facts are written in the order of their keys, so that batches never deadlock with each other. One giver, reason and end
-- for all. Refusals as write_relation; arrays as check_accesses.
-- Proof: Scenarios/authz/batch_orders.spec, Tests/SQL/authz/batch.sql
CREATE OR REPLACE FUNCTION domainflow.write_relations(
    p_subjects text [],
    p_relations text [],
    p_resource_types text [],
    p_resource_ids text [],
    p_valid_until timestamp with time zone DEFAULT NULL,
    p_granted_by text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_model text DEFAULT 'default'
)
RETURNS SETOF text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_outcomes text[] := array_fill(NULL::text, ARRAY[COALESCE(cardinality(p_subjects), 0)]);
    v_fact record;
BEGIN
    FOR v_fact IN SELECT b.* FROM domainflow._authz_batch(p_subjects, p_relations, p_resource_types, p_resource_ids) AS b LOOP
        v_outcomes[v_fact.place] := domainflow.write_relation(v_fact.subject, v_fact.action, v_fact.resource_type, v_fact.resource_id, p_valid_until, p_granted_by,
                                                              p_reason, p_model);
    END LOOP;
    RETURN QUERY SELECT o.outcome FROM unnest(v_outcomes) WITH ORDINALITY AS o (outcome, place) ORDER BY o.place;
END
$$;

COMMENT ON FUNCTION domainflow.write_relations IS 'Writes many facts, all or none; outcomes in input order.';
REVOKE ALL ON FUNCTION domainflow.write_relations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.write_relations TO domainflow_app;
