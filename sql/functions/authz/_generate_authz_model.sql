-- Makes all compiled functions of a revision of a model, and the functions that lead calls to them.
CREATE OR REPLACE FUNCTION domainflow._generate_authz_model(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM domainflow._generate_authz_node(p_model_id, p_revision, n.node)
       FROM domainflow.authz_node AS n
      WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.relation IS NOT NULL
      ORDER BY n.node;
    PERFORM domainflow._generate_authz_dispatch(p_model_id, p_revision);
END
$$;

COMMENT ON FUNCTION domainflow._generate_authz_model IS 'Makes all compiled functions of a revision of a model.';
REVOKE ALL ON FUNCTION domainflow._generate_authz_model FROM PUBLIC;
