-- What differs from the catalog that the release installed: object, what is expected, what was found; no row when all is well.
--
-- An object that is missing has nothing found, one that does not belong has nothing expected. The expectation was written down at the end of
-- the installation or upgrade, in catalog_expected; catalog_fingerprint() compared with sql/migrations.lock tells whether that is still true.
-- Proof: Tests/SQL/meta/drift.sql
CREATE OR REPLACE FUNCTION domainflow.catalog_drift()
RETURNS TABLE (kind text, identity text, expected text, found text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET quote_all_identifiers = off
SET standard_conforming_strings = on
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC'
AS $$
    SELECT COALESCE(e.kind, o.kind), COALESCE(e.identity, o.identity),
           COALESCE(e.definition, p.expected), o.definition
      FROM domainflow.catalog_expected AS e
      FULL JOIN domainflow.catalog_objects() AS o ON o.kind = e.kind AND o.identity = e.identity
      LEFT JOIN domainflow._partition_drift() AS p ON o.kind = 'partition' AND p.identity = o.identity
     WHERE e.definition IS DISTINCT FROM o.definition
     ORDER BY 1, 2
$$;

COMMENT ON FUNCTION domainflow.catalog_drift() IS 'What differs from the catalog that the release installed: object, expected, found.';
REVOKE ALL ON FUNCTION domainflow.catalog_drift() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_drift()
TO domainflow_reader, domainflow_auditor, domainflow_admin, domainflow_owner;
