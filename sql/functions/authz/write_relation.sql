-- Writes a fact: a subject has a relation to a resource. Returns created, changed (another end, giver or reason) or kept.
--
-- Counts from the commit on. The model's current revision admits it, else DF205. p_valid_until lies ahead (DF204); null is
-- for good. p_granted_by is the subject on whose behalf it is written, and needs grant_<relation> of the resource where
-- the type has that, else the relation itself (DF102). A definition of the model that is under way makes it wait.
-- Proof: Scenarios/authz/define.spec, Tests/SQL/authz/write_relation.sql
CREATE OR REPLACE FUNCTION domainflow.write_relation(
    p_subject text,
    p_relation text,
    p_resource_type text,
    p_resource_id text,
    p_valid_until timestamp with time zone DEFAULT NULL,
    p_granted_by text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_model text DEFAULT 'default'
)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_subject record;
    v_edge integer;
    v_created boolean;
BEGIN
    SELECT * INTO v_subject FROM domainflow._authz_subject(p_subject);
    PERFORM pg_advisory_xact_lock_shared(domainflow._authz_lock(), m.model_id) FROM domainflow.authz_model AS m WHERE m.model = p_model;
    v_edge := domainflow._authz_admitted_edge(p_model, v_subject.kind, v_subject.id, p_relation, p_resource_type);
    IF v_edge IS NULL THEN
        PERFORM domainflow._refuse_authz_fact(p_model, p_subject, v_subject.kind, p_relation, p_resource_type);
    END IF;
    PERFORM domainflow._check_authz_resource(p_resource_id, p_valid_until, p_granted_by, p_reason);
    IF p_granted_by IS NOT NULL THEN
        PERFORM domainflow._refuse_authz_giver(p_model, p_granted_by, p_relation, p_resource_type, p_resource_id);
    END IF;
    INSERT INTO domainflow.relationship AS r (edge, object_id, subject_id, valid_until, granted_by, reason, granted_at, transaction_id,
                                              session_role, effective_role)
    VALUES (v_edge, p_resource_id, v_subject.id, p_valid_until, p_granted_by, p_reason, clock_timestamp(), pg_current_xact_id(), session_user,
            COALESCE(NULLIF(current_setting('role'), 'none'), session_user))
    ON CONFLICT (edge, object_id, subject_id) DO UPDATE
       SET valid_until = excluded.valid_until, granted_by = excluded.granted_by, reason = excluded.reason, granted_at = excluded.granted_at,
           transaction_id = excluded.transaction_id, session_role = excluded.session_role, effective_role = excluded.effective_role
     WHERE (r.valid_until, r.granted_by, r.reason) IS DISTINCT FROM (excluded.valid_until, excluded.granted_by, excluded.reason)
    RETURNING xmax = 0 INTO v_created;
    IF v_created IS NOT NULL THEN
        PERFORM domainflow._log_authz_change(
            p_model, p_granted_by, 'write_relation', p_resource_type, p_resource_id,
            jsonb_build_object('subject', p_subject, 'relation', p_relation, 'valid_until', p_valid_until, 'reason', p_reason),
            NOT v_created OR domainflow._authz_denies(p_model, v_edge));
    END IF;
    RETURN CASE v_created WHEN true THEN 'created' WHEN false THEN 'changed' ELSE 'kept' END;
END
$$;

COMMENT ON FUNCTION domainflow.write_relation IS 'Writes a fact: a subject has a relation to a resource. Returns created, changed or kept.';
REVOKE ALL ON FUNCTION domainflow.write_relation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.write_relation TO domainflow_app;
