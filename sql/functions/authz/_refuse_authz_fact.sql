-- Raises for a fact that a model does not admit: DF301 or DF203 where a name is missing, DF205 where the relation does not
-- take such subjects.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_fact(p_model text, p_subject text, p_kind text, p_relation text, p_object_type text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_admitted text;
BEGIN
    SELECT string_agg(k.kind, ', ') INTO v_admitted
      FROM domainflow.authz_model AS m
      JOIN domainflow.authz_node AS n USING (model_id, revision)
     CROSS JOIN LATERAL jsonb_path_query(n.expression, 'lax $.**.kinds[*]') AS q (kind)
     CROSS JOIN LATERAL (SELECT DISTINCT q.kind #>> '{}') AS k (kind)
     WHERE m.model = p_model AND n.object_type = p_object_type AND n.relation = p_relation;
    IF NOT EXISTS (SELECT FROM domainflow.authz_model AS m JOIN domainflow.authz_node AS n USING (model_id, revision)
                    WHERE m.model = p_model AND n.object_type = p_object_type AND n.relation = p_relation)
       OR p_relation IS NULL THEN
        PERFORM domainflow._refuse_authz_names(p_model, p_object_type, p_relation, p_kind);
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF205',
        MESSAGE = format('%s#%s does not take %s', p_object_type, p_relation, domainflow._shown(p_subject)),
        DETAIL = format('it takes: %s', COALESCE(v_admitted, 'no facts: it is computed')),
        HINT = 'Write a fact that the model admits, or define a revision that admits this one.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_fact IS 'Raises for a fact that a model does not admit.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_fact FROM PUBLIC;
