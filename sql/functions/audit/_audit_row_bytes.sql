-- hot: audit.verify
-- The canonical bytes of an audit row: the same under every setting, after dump and restore, on every PostgreSQL version.
--
-- Version (1 byte), id (16), decided_at (8, microseconds since 2000), transaction_id (8), backend_pid (4), execution_time_ms
-- (a byte 0 for null, or a byte 8 and a float8), all in network order; resource_type, action, decision, session_role,
-- effective_role, model, revision, reason_code and fence, each as its length, a colon and the text; policies; the SHA-256 of _audit_values (32). So what stays of
-- an erased row is proved by its leaf. No two rows have the same bytes. Of a row that cannot be read, version 0 has only
-- id and decided_at. A version never changes. A new column of audit_log begins version 3.
-- Proof: Tests/SQL/audit/canonical.sql
CREATE OR REPLACE FUNCTION domainflow._audit_row_bytes(p_row domainflow.audit_log, p_version smallint, p_values_hash bytea)
RETURNS bytea
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT CASE WHEN p_version OPERATOR(pg_catalog.=) 0
        THEN pg_catalog.decode('00', 'hex') OPERATOR(pg_catalog.||) pg_catalog.uuid_send(p_row.id)
             OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(p_row.decided_at)
        ELSE pg_catalog.substr(pg_catalog.int2send(p_version), 2) OPERATOR(pg_catalog.||) pg_catalog.uuid_send(p_row.id)
             OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(p_row.decided_at)
             OPERATOR(pg_catalog.||) pg_catalog.xid8send(p_row.transaction_id)
             OPERATOR(pg_catalog.||) pg_catalog.int4send(p_row.backend_pid)
             OPERATOR(pg_catalog.||) COALESCE(pg_catalog.decode('08', 'hex')
                                              OPERATOR(pg_catalog.||) pg_catalog.float8send(p_row.execution_time_ms),
                                              pg_catalog.decode('00', 'hex'))
             OPERATOR(pg_catalog.||) pg_catalog.convert_to(pg_catalog.concat(
                 domainflow._sealed_length(p_row.resource_type, p_version), ':', p_row.resource_type,
                 domainflow._sealed_length(p_row.action, p_version), ':', p_row.action,
                 domainflow._sealed_length(p_row.decision, p_version), ':', p_row.decision,
                 domainflow._sealed_length(p_row.session_role, p_version), ':', p_row.session_role,
                 domainflow._sealed_length(p_row.effective_role, p_version), ':', p_row.effective_role,
                 domainflow._sealed_length(p_row.model, p_version), ':', p_row.model,
                 domainflow._sealed_length(p_row.revision::pg_catalog.text, p_version), ':', p_row.revision,
                 domainflow._sealed_length(p_row.reason_code, p_version), ':', p_row.reason_code,
                 domainflow._sealed_length(p_row.fence::pg_catalog.text, p_version), ':', p_row.fence,
                 p_row.policies),
                 CASE WHEN p_version OPERATOR(pg_catalog.=) 1 THEN 'UTF8'::pg_catalog.name
                      ELSE pg_catalog.getdatabaseencoding() END)
             OPERATOR(pg_catalog.||) p_values_hash
        END
$$;

COMMENT ON FUNCTION domainflow._audit_row_bytes(domainflow.audit_log, smallint, bytea)
IS 'The canonical bytes of an audit row, in the layout of a version.';
REVOKE ALL ON FUNCTION domainflow._audit_row_bytes(domainflow.audit_log, smallint, bytea) FROM PUBLIC;
