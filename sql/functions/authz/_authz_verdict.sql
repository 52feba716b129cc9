-- What the model alone says: twice the generation, plus one where policies have a say; positive for yes, negative for no.
CREATE OR REPLACE FUNCTION domainflow._authz_verdict(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_model text,
    p_facts jsonb,
    p_max_depth integer
)
RETURNS integer
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_subject record;
BEGIN
    SELECT * INTO v_subject FROM domainflow._authz_subject(p_subject);
    IF NOT EXISTS (SELECT FROM domainflow.authz_model AS m WHERE m.model = p_model) THEN
        PERFORM domainflow._refuse_authz_names(p_model, p_resource_type, p_action, v_subject.kind);
    END IF;
    RETURN domainflow_generated.authz_given(
        p_model, p_resource_type, CASE WHEN p_resource_id IS NOT NULL THEN p_action END, p_resource_id, v_subject.kind, v_subject.id,
        domainflow._authz_facts(p_model, p_facts), p_max_depth);
END
$$;

COMMENT ON FUNCTION domainflow._authz_verdict IS 'What the model alone says.';
REVOKE ALL ON FUNCTION domainflow._authz_verdict FROM PUBLIC;
