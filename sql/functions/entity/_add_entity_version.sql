-- Makes sure that a table has a version column: adds it when it is absent. Runs with the caller's rights, because it is the caller's table.
CREATE OR REPLACE FUNCTION domainflow._add_entity_version(p_table regclass, p_version text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Quoted by format(). @plpgsql_check_options: security_warnings = off
BEGIN
    IF NOT EXISTS (
        SELECT
          FROM pg_attribute AS a
         WHERE a.attrelid = p_table AND a.attname::text = p_version AND a.attnum > 0 AND NOT a.attisdropped) THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I bigint NOT NULL DEFAULT 1', p_table, p_version);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._add_entity_version(regclass, text) IS 'Adds the version column of a table if it is missing.';
REVOKE ALL ON FUNCTION domainflow._add_entity_version(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._add_entity_version(regclass, text) TO domainflow_owner;
