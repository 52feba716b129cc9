-- The error registry, ordered by code: what a client needs to map a SQLSTATE to a name, an HTTP status and a decision to retry.
CREATE OR REPLACE FUNCTION domainflow.error_codes()
RETURNS SETOF domainflow.error_code
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT e.code, e.sqlstate, e.http_status, e.retryable, e.description
      FROM domainflow.error_code AS e
     ORDER BY e.code
$$;

COMMENT ON FUNCTION domainflow.error_codes() IS 'The error registry: code, SQLSTATE, HTTP status, whether to retry, description.';
REVOKE ALL ON FUNCTION domainflow.error_codes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.error_codes()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
