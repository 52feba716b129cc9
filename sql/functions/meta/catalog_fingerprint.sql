-- One hash over everything that makes up the installation, as in `sha256:v2:<64 hex digits>`.
--
-- Equal for equal installations whatever the PostgreSQL version, the way of installing, the settings of the session or the history of
-- the database; different as soon as anything in our schemas differs, an owner, grant, rule or trigger of a partition too, or one of our roles,
-- default privileges, or a row that the installation brought. catalog_drift() names what differs; catalog_objects() has the rows
-- behind it. `v2` names the method; a new method gets a new number.
-- Proof: Tests/SQL/meta/catalog.sql
CREATE OR REPLACE FUNCTION domainflow.catalog_fingerprint()
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
    SELECT 'sha256:v2:' || encode(sha256(convert_to(
               string_agg(jsonb_build_array(o.kind, o.identity, o.definition)::text, E'\n'
                          ORDER BY o.kind COLLATE "C", o.identity COLLATE "C"), 'UTF8')), 'hex')
      FROM domainflow.catalog_objects() AS o
$$;

COMMENT ON FUNCTION domainflow.catalog_fingerprint()
IS 'Hash over everything that the installation consists of: definitions, owners, grants, comments, roles, seed rows.';
REVOKE ALL ON FUNCTION domainflow.catalog_fingerprint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_fingerprint()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
