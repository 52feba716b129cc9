-- The release of DomainFlow that is installed in this database, as in `0.4.0`.
CREATE OR REPLACE FUNCTION domainflow.version()
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT '0.4.0'::pg_catalog.text
$$;

COMMENT ON FUNCTION domainflow.version() IS 'The release of DomainFlow that is installed in this database.';
REVOKE ALL ON FUNCTION domainflow.version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.version()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
