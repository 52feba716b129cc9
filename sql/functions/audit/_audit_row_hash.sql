-- hot: audit.verify
-- SHA-256 of the canonical bytes of an audit row that has its values: the receipt of the decision.
CREATE OR REPLACE FUNCTION domainflow._audit_row_hash(p_row domainflow.audit_log, p_version smallint)
RETURNS bytea
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT pg_catalog.sha256(
        domainflow._audit_row_bytes(p_row, p_version, pg_catalog.sha256(domainflow._audit_values(p_row, p_version))))
$$;

COMMENT ON FUNCTION domainflow._audit_row_hash(domainflow.audit_log, smallint) IS 'SHA-256 of the canonical bytes of an audit row.';
REVOKE ALL ON FUNCTION domainflow._audit_row_hash(domainflow.audit_log, smallint) FROM PUBLIC;
