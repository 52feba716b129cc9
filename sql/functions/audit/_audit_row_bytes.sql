-- hot: audit.verify
-- The canonical bytes of an audit row: the same under every setting, after dump and restore, on every version of
-- PostgreSQL.
--
-- Version (1 byte), id (16), decided_at (8, microseconds since 2000), transaction_id (8), backend_pid (4),
-- execution_time_ms (a byte 0 for null, or a byte 8 and a float8), all in network order. Then text: the lengths of the
-- twelve texts that follow, as {6,8,NULL,...}, and the texts without separators. So null and empty differ, and no two
-- rows have the same bytes. Version 1 counts characters and encodes them in UTF-8. Version 2 takes the bytes as they
-- are stored: for databases in SQL_ASCII, and for characters that UTF-8 lacks. Of a row that cannot be read, version 0
-- has only id and decided_at. A version never changes. A new column of audit_log begins version 3.
-- Proof: Tests/SQL/audit/canonical.sql
CREATE OR REPLACE FUNCTION domainflow._audit_row_bytes(p_row domainflow.audit_log, p_version smallint)
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
                 ARRAY[domainflow._sealed_length(p_row.user_id, p_version), domainflow._sealed_length(p_row.resource_type, p_version),
                       domainflow._sealed_length(p_row.resource_id, p_version), domainflow._sealed_length(p_row.action, p_version),
                       domainflow._sealed_length(p_row.decision, p_version),
                       domainflow._sealed_length(p_row.policies::pg_catalog.text, p_version),
                       domainflow._sealed_length(p_row.context::pg_catalog.text, p_version),
                       domainflow._sealed_length(p_row.request_context::pg_catalog.text, p_version),
                       domainflow._sealed_length(p_row.correlation_id, p_version), domainflow._sealed_length(p_row.session_role, p_version),
                       domainflow._sealed_length(p_row.effective_role, p_version),
                       domainflow._sealed_length(p_row.application_name, p_version)]::pg_catalog.text,
                 p_row.user_id, p_row.resource_type, p_row.resource_id, p_row.action, p_row.decision, p_row.policies::pg_catalog.text,
                 p_row.context::pg_catalog.text, p_row.request_context::pg_catalog.text, p_row.correlation_id, p_row.session_role,
                 p_row.effective_role, p_row.application_name),
                 CASE WHEN p_version OPERATOR(pg_catalog.=) 1 THEN 'UTF8'::pg_catalog.name ELSE pg_catalog.getdatabaseencoding() END)
        END
$$;

COMMENT ON FUNCTION domainflow._audit_row_bytes(domainflow.audit_log, smallint)
IS 'The canonical bytes of an audit row, in the layout of a version.';
REVOKE ALL ON FUNCTION domainflow._audit_row_bytes(domainflow.audit_log, smallint) FROM PUBLIC;
