-- Drops compiled functions of a model up to a revision: what runs now was compiled for a later one.
CREATE OR REPLACE FUNCTION domainflow._drop_authz_functions(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Names are the compiler's. @plpgsql_check_options: security_warnings = off
DECLARE
    v_name text;
BEGIN
    FOR v_name IN
        DELETE FROM domainflow.authz_function AS f
         WHERE f.function_name ~ format('^domainflow_generated[.]authz_%s_[0-9]+_', p_model_id)
           AND split_part(f.function_name, '_', 4)::integer <= p_revision
        RETURNING f.function_name
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s', v_name);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._drop_authz_functions IS 'Drops compiled functions of a model up to a revision.';
REVOKE ALL ON FUNCTION domainflow._drop_authz_functions FROM PUBLIC;
