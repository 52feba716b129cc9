-- One hash over everything that makes up the installation, as in `sha256:v1:<64 hex digits>`.
--
-- Equal for equal installations whatever the PostgreSQL version, the way of installing, the owner's name or the history of the
-- database; different as soon as a function, column, constraint, index, trigger, type, comment or grant differs.
-- catalog_objects() has the rows behind it. `v1` names the method; a new method gets a new number.
CREATE OR REPLACE FUNCTION domainflow.catalog_fingerprint()
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'sha256:v1:' || encode(sha256(convert_to(
               string_agg(jsonb_build_array(o.kind, o.identity, o.definition)::text, E'\n'
                          ORDER BY o.kind COLLATE "C", o.identity COLLATE "C"), 'UTF8')), 'hex')
      FROM domainflow.catalog_objects() AS o
$$;

COMMENT ON FUNCTION domainflow.catalog_fingerprint()
IS 'Hash over functions, columns, constraints, indexes, triggers, types, comments and grants of the installation.';
REVOKE ALL ON FUNCTION domainflow.catalog_fingerprint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_fingerprint()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
