-- Deletes a fact; returns whether there was one. Logged. A transaction that the fact permitted and that commits later
-- fails with DF102.
--
-- p_deleted_by needs what write_relation asks of a giver, unless it gives up its own. Facts that no revision admits any
-- more can be deleted too.
-- Proof: Scenarios/authz/revoke.spec, Tests/SQL/authz/write_relation.sql
CREATE OR REPLACE FUNCTION domainflow.delete_relation(
    p_subject text,
    p_relation text,
    p_resource_type text,
    p_resource_id text,
    p_deleted_by text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_model text DEFAULT 'default'
)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_subject record;
BEGIN
    SELECT * INTO v_subject FROM domainflow._authz_subject(p_subject);
    IF p_deleted_by IS NOT NULL AND p_deleted_by IS DISTINCT FROM p_subject THEN
        PERFORM domainflow._refuse_authz_giver(p_model, p_deleted_by, p_relation, p_resource_type, p_resource_id);
    END IF;
    DELETE FROM domainflow.relationship AS r
     USING domainflow.authz_model AS m, domainflow.authz_edge AS e
     WHERE m.model = p_model AND e.model_id = m.model_id AND e.object_type = p_resource_type AND e.relation = p_relation
       AND e.subject_kind = v_subject.kind AND r.edge = e.edge AND r.object_id = p_resource_id AND r.subject_id = v_subject.id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM domainflow._log_authz_change(p_model, p_deleted_by, 'delete_relation', p_resource_type, p_resource_id,
                                         jsonb_build_object('subject', p_subject, 'relation', p_relation, 'reason', p_reason), true);
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow.delete_relation IS 'Deletes a fact; returns whether there was one.';
REVOKE ALL ON FUNCTION domainflow.delete_relation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.delete_relation TO domainflow_app;
