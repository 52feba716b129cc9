-- hot: authz.check.group
-- The objects for which facts of an edge name a subject. As _authz_subjects_of, by the subject's index.
CREATE OR REPLACE FUNCTION domainflow._authz_objects_of(p_edge integer, p_subject text, p_facts domainflow.authz_fact [])
RETURNS SETOF text
LANGUAGE sql
STABLE
AS $$
    SELECT r.object_id
      FROM domainflow.relationship AS r
     WHERE r.edge OPERATOR(pg_catalog.=) p_edge AND r.subject_id OPERATOR(pg_catalog.=) p_subject
       AND (r.valid_until IS NULL OR r.valid_until OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())
     UNION ALL
    SELECT f.object_id
      FROM pg_catalog.unnest(p_facts) AS f
     WHERE f.edge OPERATOR(pg_catalog.=) p_edge AND f.subject_id OPERATOR(pg_catalog.=) p_subject
$$;

COMMENT ON FUNCTION domainflow._authz_objects_of IS 'The objects for which facts of an edge name a subject.';
REVOKE ALL ON FUNCTION domainflow._authz_objects_of FROM PUBLIC;
