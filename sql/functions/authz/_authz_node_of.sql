-- The node of a relation of a type, or of the type itself when p_relation is null. DF201 with line and column where there
-- is none.
CREATE OR REPLACE FUNCTION domainflow._authz_node_of(
    p_model_id integer,
    p_revision integer,
    p_object_type text,
    p_relation text,
    p_line integer,
    p_column integer
)
RETURNS integer
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_node integer;
BEGIN
    SELECT n.node INTO v_node
      FROM domainflow.authz_node AS n
     WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.object_type = p_object_type
       AND n.relation IS NOT DISTINCT FROM p_relation;
    IF NOT FOUND THEN
        PERFORM domainflow._refuse_authz_syntax(
            p_line, p_column,
            CASE WHEN p_relation IS NULL THEN format('there is no type %s', p_object_type)
                 ELSE format('type %s has no relation %s', p_object_type, p_relation) END);
    END IF;
    RETURN v_node;
END
$$;

COMMENT ON FUNCTION domainflow._authz_node_of IS 'The node of a relation of a type, or of the type itself.';
REVOKE ALL ON FUNCTION domainflow._authz_node_of FROM PUBLIC;
