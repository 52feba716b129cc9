-- DF706 when somebody has two relations that are forbidden together; part of _fence_access, which holds the lock that
-- other changes wait for.
CREATE OR REPLACE FUNCTION domainflow._refuse_forbidden(p_model text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_found record;
BEGIN
    SELECT x.role_a, x.role_b, k.kind || ':' || s.subject_id AS subject
      INTO v_found
      FROM domainflow.authz_model AS m
      JOIN domainflow.authz_exclusion AS x USING (model_id)
     CROSS JOIN LATERAL (SELECT n.object_type AS kind FROM domainflow.authz_node AS n
                          WHERE n.model_id = m.model_id AND n.revision = m.revision AND n.relation IS NULL) AS k
     CROSS JOIN LATERAL domainflow._authz_subject(x.role_a) AS a
      JOIN domainflow.authz_node AS n
        ON n.model_id = m.model_id AND n.revision = m.revision AND n.object_type || '#' || n.relation = a.kind
     CROSS JOIN LATERAL domainflow._authz_subjects(n, a.id, k.kind, NULL) AS s (subject_id)
     WHERE m.model = p_model
       AND domainflow.has_access(k.kind || ':' || s.subject_id, split_part(a.kind, '#', 2), split_part(a.kind, '#', 1), a.id, p_model)
       AND domainflow.has_access(k.kind || ':' || s.subject_id, split_part(x.role_b, '#', 2), split_part(x.role_b, ':', 1),
                                 split_part(split_part(x.role_b, '#', 1), ':', 2), p_model)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF706',
            MESSAGE = format('%s would have %s and %s, which are forbidden together', domainflow._shown(v_found.subject), v_found.role_a, v_found.role_b),
            DETAIL = format('model: %s', domainflow._shown(p_model)),
            HINT = 'Take one of them away first, in the same transaction if need be.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_forbidden IS 'Refuses that somebody has two relations that are forbidden together.';
REVOKE ALL ON FUNCTION domainflow._refuse_forbidden FROM PUBLIC;
