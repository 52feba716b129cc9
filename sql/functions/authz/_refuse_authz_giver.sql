-- DF102 unless a subject may give or take a relation of a resource: with grant_<relation> where the type has that, else
-- with the relation itself.
--
-- Nobody gives what they do not hold. A change without a giver is the application's own.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_giver(
    p_model text,
    p_giver text,
    p_relation text,
    p_resource_type text,
    p_resource_id text
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_needed text := p_relation;
BEGIN
    IF EXISTS (SELECT FROM domainflow.authz_model AS m JOIN domainflow.authz_node AS n USING (model_id, revision)
                WHERE m.model = p_model AND n.object_type = p_resource_type AND n.relation = 'grant_' || p_relation) THEN
        v_needed := 'grant_' || p_relation;
    END IF;
    IF domainflow.has_access(p_giver, v_needed, p_resource_type, p_resource_id, p_model) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF102',
            MESSAGE = format('%s may not give or take %s of %s:%s', domainflow._shown(p_giver), p_relation, p_resource_type,
                             domainflow._shown(p_resource_id)),
            DETAIL = format('needed: %s', v_needed),
            HINT = format('Let somebody who has it do it, or define grant_%s in the model.', p_relation);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_giver IS 'Refuses a giver who may not give or take a relation of a resource.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_giver FROM PUBLIC;
