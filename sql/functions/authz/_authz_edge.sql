-- The number of a kind of relationship, made where there is none. The caller holds the lock on authz_edge.
CREATE OR REPLACE FUNCTION domainflow._authz_edge(p_model_id integer, p_object_type text, p_relation text, p_kind text)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_edge integer;
BEGIN
    SELECT e.edge INTO v_edge
      FROM domainflow.authz_edge AS e
     WHERE e.model_id = p_model_id AND e.object_type = p_object_type AND e.relation = p_relation AND e.subject_kind = p_kind;
    IF NOT FOUND THEN
        INSERT INTO domainflow.authz_edge (edge, model_id, object_type, relation, subject_kind)
        SELECT COALESCE(max(e.edge), 0) + 1, p_model_id, p_object_type, p_relation, p_kind FROM domainflow.authz_edge AS e
        RETURNING edge INTO v_edge;
    END IF;
    RETURN v_edge;
END
$$;

COMMENT ON FUNCTION domainflow._authz_edge IS 'The number of a kind of relationship, made where there is none.';
REVOKE ALL ON FUNCTION domainflow._authz_edge FROM PUBLIC;
