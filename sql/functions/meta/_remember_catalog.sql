-- Writes down what catalog_drift() compares with. Each step calls it after its objects were handed over.
--
-- Without members of the roles that nobody is to be a member of: the role that installs may be one for this moment.
CREATE OR REPLACE FUNCTION domainflow._remember_catalog()
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
    DELETE FROM domainflow.catalog_expected;
    INSERT INTO domainflow.catalog_expected (kind, identity, definition)
    SELECT o.kind, o.identity, o.definition FROM domainflow.catalog_objects() AS o
     WHERE NOT (o.kind = 'membership' AND o.identity ~ ' in domainflow_(definer|guard)$');
$$;

COMMENT ON FUNCTION domainflow._remember_catalog() IS 'Writes down the catalog that catalog_drift() expects.';
REVOKE ALL ON FUNCTION domainflow._remember_catalog() FROM PUBLIC;
