-- DF204 for a page of fewer than 1 or more than 10,000 rows.
CREATE OR REPLACE FUNCTION domainflow._check_authz_limit(p_limit integer)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a page has 1 to 10000 rows',
            DETAIL = format('p_limit: %s', COALESCE(p_limit::text, 'null')),
            HINT = 'Pass the last id of a page as p_after to get the next one.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_authz_limit IS 'Refuses a page of a size that lists do not have.';
REVOKE ALL ON FUNCTION domainflow._check_authz_limit FROM PUBLIC;
