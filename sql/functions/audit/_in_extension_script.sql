-- True while a script of CREATE or ALTER EXTENSION runs: every object made there becomes a member of that extension.
--
-- Only pg_extension_config_dump tells: it refuses to run anywhere else. For partition_policy, which is registered anyway, the
-- call changes nothing.
CREATE OR REPLACE FUNCTION domainflow._in_extension_script()
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_extension_config_dump('domainflow.partition_policy', '');
    RETURN true;
EXCEPTION
    WHEN feature_not_supported THEN
        RETURN false;
    -- It is the script of another extension.
    WHEN object_not_in_prerequisite_state THEN
        RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow._in_extension_script() IS 'Whether an extension script is being executed.';
REVOKE ALL ON FUNCTION domainflow._in_extension_script() FROM PUBLIC;
