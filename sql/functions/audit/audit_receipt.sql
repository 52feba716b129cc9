-- The receipt of a decision: the SHA-256 of its canonical bytes, in hexadecimal; null when there is no such decision.
--
-- Kept outside the database it proves the decision: verify_audit(p_receipts => ...) names a row that was changed or
-- removed, even before it was sealed. It tells nothing about the row. VOLATILE, so that one statement can log a
-- decision and ask for its receipt. SECURITY DEFINER, because the application may not read the log.
-- Proof: Tests/SQL/audit/canonical.sql
CREATE OR REPLACE FUNCTION domainflow.audit_receipt(p_id uuid)
RETURNS text
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(h.row_hash, 'hex')
      FROM domainflow.audit_log AS a
     CROSS JOIN LATERAL domainflow._hash_audit_row(a.id, a.decided_at) AS h
     WHERE a.id = p_id
$$;

COMMENT ON FUNCTION domainflow.audit_receipt(uuid)
IS 'SHA-256 of the canonical bytes of a decision: proves it outside the database.';
REVOKE ALL ON FUNCTION domainflow.audit_receipt(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.audit_receipt(uuid) TO domainflow_app, domainflow_auditor;
