-- DF201 with line and column for a relation that no set of facts can ever give, because it only leads back to itself.
CREATE OR REPLACE FUNCTION domainflow._refuse_groundless_relation(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_grounded integer[] := ARRAY[]::integer[];
    v_more integer[];
    v_bad record;
BEGIN
    LOOP
        SELECT array_agg(n.node) INTO v_more
          FROM domainflow.authz_node AS n
         WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.relation IS NOT NULL
           AND n.node <> ALL (v_grounded) AND domainflow._authz_is_grounded(n.expression, v_grounded);
        EXIT WHEN v_more IS NULL;
        v_grounded := v_grounded || v_more;
    END LOOP;
    SELECT n.object_type, n.relation, p.line, p.col INTO v_bad
      FROM domainflow.authz_revision AS r
      JOIN domainflow.authz_node AS n USING (model_id, revision)
     CROSS JOIN LATERAL domainflow._parse_authz_model(r.source) AS p
     WHERE r.model_id = p_model_id AND r.revision = p_revision AND n.node <> ALL (v_grounded)
       AND p.object_type = n.object_type AND p.relation = n.relation
     ORDER BY n.node
     LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_authz_syntax(v_bad.line, v_bad.col, format('nobody can ever have %s#%s', v_bad.object_type, v_bad.relation),
                                                'It only leads back to itself: add [types], or a relation that facts can give.');
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_groundless_relation IS 'Refuses a relation that no set of facts can ever give.';
REVOKE ALL ON FUNCTION domainflow._refuse_groundless_relation FROM PUBLIC;
