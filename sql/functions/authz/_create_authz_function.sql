-- Makes one compiled function, for nobody but the functions that decide, and remembers its text for the drift check.
CREATE OR REPLACE FUNCTION domainflow._create_authz_function(p_name text, p_arguments text, p_result text, p_body text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Names are the compiler's, the body is quoted. @plpgsql_check_options: security_warnings = off
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION %s(%s)%s LANGUAGE plpgsql STABLE AS %L', p_name, p_arguments,
                   CASE WHEN p_result <> '' THEN ' RETURNS ' || p_result END, p_body);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', p_name);
    INSERT INTO domainflow.authz_function AS f (function_name, source_hash)
    VALUES (p_name, md5(p_body))
    ON CONFLICT (function_name) DO UPDATE SET source_hash = excluded.source_hash WHERE f.source_hash <> excluded.source_hash;
END
$$;

COMMENT ON FUNCTION domainflow._create_authz_function IS 'Makes one compiled function of an authorization model.';
REVOKE ALL ON FUNCTION domainflow._create_authz_function FROM PUBLIC;
