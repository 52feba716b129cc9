-- The moment from which on a table keeps its rows, seen from p_now; null when the retention is shorter than the floor, or too long
-- to subtract.
--
-- Retentions are compared as moments: '-100 years 36001 days' is longer than '0' as an interval, and lies in the future as a moment.
CREATE OR REPLACE FUNCTION domainflow._kept_from(p_table text, p_retention interval, p_now timestamp with time zone)
RETURNS timestamp with time zone
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    v_kept_from timestamp with time zone;
BEGIN
    v_kept_from := p_now - p_retention;
    RETURN CASE WHEN v_kept_from <= p_now - domainflow._retention_floor(p_table) THEN v_kept_from END;
EXCEPTION
    WHEN datetime_field_overflow OR interval_field_overflow THEN
        RETURN NULL;
END
$$;

COMMENT ON FUNCTION domainflow._kept_from(text, interval, timestamp with time zone)
IS 'From when on a table keeps its rows; null when the retention is below the floor.';
REVOKE ALL ON FUNCTION domainflow._kept_from(text, interval, timestamp with time zone) FROM PUBLIC;
