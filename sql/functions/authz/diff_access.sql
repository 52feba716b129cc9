-- How two revisions of a model decide differently about the facts that exist: a row for each subject and resource that one
-- allows and the other does not.
--
-- Looks at every resource and subject that facts name, for the actions that both revisions have; at most p_limit rows. An
-- older revision is compiled for this call if its functions are gone. Not for the application role.
-- Proof: Tests/SQL/authz/diff.sql
CREATE OR REPLACE FUNCTION domainflow.diff_access(
    p_revision_a integer,
    p_revision_b integer,
    p_model text DEFAULT 'default',
    p_limit integer DEFAULT 1000,
    OUT subject text,
    OUT action text,
    OUT resource_type text,
    OUT resource_id text,
    OUT allowed_before boolean,
    OUT allowed_after boolean
)
RETURNS SETOF record
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
-- Names of functions are the compiler's. @plpgsql_check_options: security_warnings = off, performance_warnings = off, extra_warnings = off
DECLARE
    v_id integer := (SELECT m.model_id FROM domainflow.authz_model AS m WHERE m.model = p_model);
    v_pair record;
    v_rows integer := 0;
    v_more integer;
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    IF (SELECT count(*) FROM domainflow.authz_revision AS r WHERE r.model_id = v_id AND r.revision IN (p_revision_a, p_revision_b))
       < (CASE WHEN p_revision_a = p_revision_b THEN 1 ELSE 2 END) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('model %s has no revision %s or %s', domainflow._shown(p_model), p_revision_a, p_revision_b),
            DETAIL = format('newest revision: %s', COALESCE((SELECT m.revision::text FROM domainflow.authz_model AS m WHERE m.model = p_model), 'none')),
            HINT = 'authz_revision lists the revisions of a model.';
    END IF;
    PERFORM domainflow._generate_authz_node(n.model_id, n.revision, n.node)
       FROM domainflow.authz_node AS n
      WHERE n.model_id = v_id AND n.revision IN (p_revision_a, p_revision_b) AND n.relation IS NOT NULL
        AND to_regproc(domainflow._authz_function(ROW(n.model_id, n.revision, NULL, false), n.node, 't')) IS NULL;
    FOR v_pair IN
        SELECT a.object_type, a.relation, a.node AS node_before, b.node AS node_after
          FROM domainflow.authz_node AS a
          JOIN domainflow.authz_node AS b USING (model_id, object_type, relation)
         WHERE a.model_id = v_id AND a.revision = p_revision_a AND b.revision = p_revision_b
         ORDER BY a.object_type, a.relation
    LOOP
        EXIT WHEN v_rows >= p_limit;
        RETURN QUERY EXECUTE format($sql$
            SELECT s.kind || ':' || s.id, $1, $2, o.id, d.allowed_before, d.allowed_after
              FROM (SELECT DISTINCT r.object_id AS id FROM domainflow.relationship AS r JOIN domainflow.authz_edge AS e USING (edge)
                     WHERE e.model_id = $3 AND e.object_type = $2) AS o
             CROSS JOIN (SELECT DISTINCT e.subject_kind AS kind, r.subject_id AS id
                           FROM domainflow.relationship AS r JOIN domainflow.authz_edge AS e USING (edge)
                          WHERE e.model_id = $3 AND e.subject_kind NOT LIKE '%%#%%') AS s
             CROSS JOIN LATERAL (SELECT %s(o.id, s.kind, s.id, NULL, NULL) AS allowed_before, %s(o.id, s.kind, s.id, NULL, NULL) AS allowed_after) AS d
             WHERE d.allowed_before <> d.allowed_after
             ORDER BY 1, 4
             LIMIT $4$sql$,
            domainflow._authz_function(ROW(v_id, p_revision_a, NULL, false), v_pair.node_before, 't'),
            domainflow._authz_function(ROW(v_id, p_revision_b, NULL, false), v_pair.node_after, 't'))
            USING v_pair.relation::text, v_pair.object_type::text, v_id, p_limit - v_rows;
        GET DIAGNOSTICS v_more = ROW_COUNT;
        v_rows := v_rows + v_more;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.diff_access IS 'How two revisions of a model decide differently about the facts that exist.';
REVOKE ALL ON FUNCTION domainflow.diff_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.diff_access TO domainflow_admin, domainflow_owner;
