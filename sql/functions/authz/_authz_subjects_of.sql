-- hot: authz.check.group
-- The subjects that facts of an edge name for an object: stored ones that have not ended, and those that a call gives. Becomes part of the
-- query that calls it, so the object's index serves it.
CREATE OR REPLACE FUNCTION domainflow._authz_subjects_of(p_edge integer, p_object text, p_facts domainflow.authz_fact [])
RETURNS SETOF text
LANGUAGE sql
STABLE
AS $$
    SELECT r.subject_id
      FROM domainflow.relationship AS r
     WHERE r.edge OPERATOR(pg_catalog.=) p_edge AND r.object_id OPERATOR(pg_catalog.=) p_object
       AND (r.valid_until IS NULL OR r.valid_until OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())
     UNION ALL
    SELECT f.subject_id
      FROM pg_catalog.unnest(p_facts) AS f
     WHERE f.edge OPERATOR(pg_catalog.=) p_edge AND f.object_id OPERATOR(pg_catalog.=) p_object
$$;

COMMENT ON FUNCTION domainflow._authz_subjects_of IS 'The subjects that facts of an edge name for an object.';
REVOKE ALL ON FUNCTION domainflow._authz_subjects_of FROM PUBLIC;
