-- The node of a relation in the current revision of a model. Raises as _refuse_authz_names where the model lacks a name, that of the kind of
-- subject included.
CREATE OR REPLACE FUNCTION domainflow._authz_named_node(p_model text, p_object_type text, p_relation text, p_kind text)
RETURNS domainflow.authz_node
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_node domainflow.authz_node;
BEGIN
    SELECT n.* INTO v_node
      FROM domainflow.authz_model AS m
      JOIN domainflow.authz_node AS n USING (model_id, revision)
      JOIN domainflow.authz_node AS k USING (model_id, revision)
     WHERE m.model = p_model AND n.object_type = p_object_type AND n.relation = p_relation
       AND concat_ws('#', k.object_type, k.relation) = p_kind;
    IF NOT FOUND THEN
        PERFORM domainflow._refuse_authz_names(p_model, p_object_type, p_relation, p_kind);
    END IF;
    RETURN v_node;
END
$$;

COMMENT ON FUNCTION domainflow._authz_named_node IS 'The node of a relation in the current revision of a model.';
REVOKE ALL ON FUNCTION domainflow._authz_named_node FROM PUBLIC;
