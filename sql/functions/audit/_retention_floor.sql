-- The shortest retention of a monthly table: a month, and three months for audit_log, row_change and audit_read.
--
-- Whoever takes over an administrator's login cannot remove the traces of the last three months. PCI DSS 10.5 asks for that many months at
-- hand; longer terms are a matter of policy.
CREATE OR REPLACE FUNCTION domainflow._retention_floor(p_table text)
RETURNS interval
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN p_table IN ('audit_log', 'row_change', 'audit_read') THEN interval '3 months' ELSE interval '1 month' END
$$;

COMMENT ON FUNCTION domainflow._retention_floor(text) IS 'The shortest retention that a monthly table may have.';
REVOKE ALL ON FUNCTION domainflow._retention_floor(text) FROM PUBLIC;
