-- Batch form of check_access: one element per decision, answers in input order.
--
-- Each is decided, logged and fenced as by check_access, with one context for all. A wrong name raises, and nothing is
-- logged. All arrays have one length (DF201), at most 10,000 elements (DF204).
-- Proof: Tests/SQL/authz/batch.sql
CREATE OR REPLACE FUNCTION domainflow.check_accesses(
    p_subjects text [],
    p_actions text [],
    p_resource_types text [],
    p_resource_ids text [],
    p_context jsonb DEFAULT '{}',
    p_model text DEFAULT 'default',
    p_for_write boolean DEFAULT true,
    p_request_context jsonb DEFAULT '{}',
    OUT allowed boolean,
    OUT reason_code text,
    OUT reason text,
    OUT denied_by text,
    OUT decision_id uuid
)
RETURNS SETOF record
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        SELECT c.allowed, c.reason_code, c.reason, c.denied_by, c.decision_id
          FROM domainflow._authz_batch(p_subjects, p_actions, p_resource_types, p_resource_ids) AS b
         CROSS JOIN LATERAL domainflow.check_access(b.subject, b.action, b.resource_type, b.resource_id, p_context, p_model, NULL, p_for_write,
                                                      p_request_context) AS c
         ORDER BY b.place;
END
$$;

COMMENT ON FUNCTION domainflow.check_accesses IS 'Decides, logs and fences many accesses; answers in input order.';
REVOKE ALL ON FUNCTION domainflow.check_accesses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.check_accesses TO domainflow_app;
