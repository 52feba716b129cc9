-- Refuses, with DF204, a window or a limit of a reading function that is out of bounds.
CREATE OR REPLACE FUNCTION domainflow._check_audit_window(p_hours_back double precision, p_limit integer)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_hours_back IS NULL OR NOT (p_hours_back > 0 AND p_hours_back <= 8760000) OR COALESCE(p_limit, 0) NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'hours_back is above 0 and at most 8760000, limit between 1 and 100000',
            DETAIL = format('hours_back: %s, limit: %s', p_hours_back, p_limit),
            HINT = 'Call it with its defaults for the newest 100 of the last day.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_audit_window(double precision, integer)
IS 'Refuses a window or limit of a reading function that is out of bounds.';
REVOKE ALL ON FUNCTION domainflow._check_audit_window(double precision, integer) FROM PUBLIC;
