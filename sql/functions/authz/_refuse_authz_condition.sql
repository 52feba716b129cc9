-- Raises DF201 for a condition of OpenFGA's language, with line and column: policies do that here.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_condition(p_line integer, p_column integer)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT domainflow._refuse_authz_syntax(p_line, p_column, 'conditions are not part of a model here',
                                           'Write the condition as a policy: define_access_policy().')
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_condition IS 'Raises DF201 for a condition of an authorization model.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_condition FROM PUBLIC;
