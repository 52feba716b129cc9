-- Facts that nobody used: those for which no decision since p_since allowed their subject anything on their resource, the
-- oldest first.
--
-- Facts about groups and about every subject are left out: their use is that of others. Looks at the decisions that
-- check_access logged; has_access leaves no trace. At most p_limit rows.
-- Proof: Tests/SQL/authz/review.sql
CREATE OR REPLACE FUNCTION domainflow.access_review(
    p_since timestamp with time zone,
    p_model text DEFAULT 'default',
    p_limit integer DEFAULT 1000,
    OUT subject text,
    OUT relation text,
    OUT resource text,
    OUT granted_at timestamp with time zone,
    OUT granted_by text,
    OUT reason text,
    OUT last_used timestamp with time zone
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    RETURN QUERY
        SELECT e.subject_kind || ':' || r.subject_id, e.relation::text, e.object_type || ':' || r.object_id, r.granted_at, r.granted_by, r.reason, u.last
          FROM domainflow.authz_model AS m
          JOIN domainflow.authz_edge AS e USING (model_id)
          JOIN domainflow.relationship AS r USING (edge)
         CROSS JOIN LATERAL (
               SELECT max(a.decided_at) AS last
                 FROM domainflow.audit_log AS a
                WHERE a.user_id = e.subject_kind || ':' || r.subject_id AND a.decision = 'allow' AND a.model = m.model AND a.reason_code <> 'change'
                  AND a.resource_type = e.object_type AND a.resource_id = r.object_id) AS u
         WHERE m.model = p_model AND e.subject_kind NOT LIKE '%#%' AND r.subject_id <> '*' AND r.granted_at < p_since
           AND (r.valid_until IS NULL OR r.valid_until > clock_timestamp()) AND (u.last IS NULL OR u.last < p_since)
         ORDER BY r.granted_at, 1, 3
         LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.access_review IS 'Facts that no logged decision has used since a time.';
REVOKE ALL ON FUNCTION domainflow.access_review FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.access_review TO domainflow_admin, domainflow_auditor;
