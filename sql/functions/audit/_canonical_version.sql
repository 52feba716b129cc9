-- Layout of the canonical bytes that new leaves and receipts have: 1, and 2 in a database in SQL_ASCII, which does not
-- know its encoding.
CREATE OR REPLACE FUNCTION domainflow._canonical_version()
RETURNS smallint
LANGUAGE sql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN getdatabaseencoding() = 'SQL_ASCII' THEN 2 ELSE 1 END::smallint
$$;

COMMENT ON FUNCTION domainflow._canonical_version()
IS 'Layout of the canonical bytes of rows that are sealed from now on.';
REVOKE ALL ON FUNCTION domainflow._canonical_version() FROM PUBLIC;
