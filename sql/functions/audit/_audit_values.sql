-- hot: audit.verify
-- The canonical bytes of the values of an audit row that erase_subject may remove: who, on what, and in which context.
--
-- user_id, resource_id, correlation_id, application_name, context and given_facts, each as its length, a colon and the text (3:ada);
-- then request_context, which takes the rest. Null has no length, so null and empty differ. Version 1 counts characters
-- and encodes them in UTF-8. Version 2 takes the bytes as they are stored: for databases in SQL_ASCII, and for
-- characters that UTF-8 lacks.
-- Proof: Tests/SQL/audit/canonical.sql
CREATE OR REPLACE FUNCTION domainflow._audit_values(p_row domainflow.audit_log, p_version smallint)
RETURNS bytea
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT pg_catalog.convert_to(pg_catalog.concat(
        domainflow._sealed_length(p_row.user_id, p_version), ':', p_row.user_id,
        domainflow._sealed_length(p_row.resource_id, p_version), ':', p_row.resource_id,
        domainflow._sealed_length(p_row.correlation_id, p_version), ':', p_row.correlation_id,
        domainflow._sealed_length(p_row.application_name, p_version), ':', p_row.application_name,
        domainflow._sealed_length(p_row.context::pg_catalog.text, p_version), ':', p_row.context,
        domainflow._sealed_length(p_row.given_facts::pg_catalog.text, p_version), ':', p_row.given_facts, p_row.request_context),
        CASE WHEN p_version OPERATOR(pg_catalog.=) 1 THEN 'UTF8'::pg_catalog.name ELSE pg_catalog.getdatabaseencoding() END)
$$;

COMMENT ON FUNCTION domainflow._audit_values(domainflow.audit_log, smallint)
IS 'The canonical bytes of the values of an audit row that can be erased.';
REVOKE ALL ON FUNCTION domainflow._audit_values(domainflow.audit_log, smallint) FROM PUBLIC;
