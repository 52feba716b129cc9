-- Why the server's clock cannot be trusted with a deletion; null when it can.
--
-- A clock that jumps ten years ahead makes every month look expired. So a call is compared with the one before: it may come 45 days
-- later at most. For a policy without an earlier call, some monthly table must have a row of the last 45 days.
-- A clock that was set back deletes less, never more.
CREATE OR REPLACE FUNCTION domainflow._clock_doubt(p_checked_at timestamp with time zone, p_now timestamp with time zone)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_longest CONSTANT interval := interval '45 days';
    v_table record;
    v_found boolean;
BEGIN
    IF p_checked_at IS NOT NULL THEN
        RETURN CASE WHEN p_now > p_checked_at + c_longest
                    THEN format('the clock says %s, and the last call was on %s',
                                to_char(p_now AT TIME ZONE 'UTC', 'YYYY-MM-DD'), to_char(p_checked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')) END;
    END IF;
    FOR v_table IN
        SELECT t.parent, t.time_column FROM domainflow._monthly_tables() AS t WHERE t.is_ours
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS r WHERE r.%I > $1 AND r.%I <= $2)',
                       v_table.parent, v_table.time_column, v_table.time_column)
           INTO v_found
          USING p_now - c_longest, p_now + interval '1 hour';
        IF v_found THEN
            RETURN NULL;
        END IF;
    END LOOP;
    RETURN format('the clock says %s, and no row of the last 45 days is in any monthly table',
                  to_char(p_now AT TIME ZONE 'UTC', 'YYYY-MM-DD'));
END
$$;

COMMENT ON FUNCTION domainflow._clock_doubt(timestamp with time zone, timestamp with time zone)
IS 'Why the clock cannot be trusted with a deletion; null when it can.';
REVOKE ALL ON FUNCTION domainflow._clock_doubt(timestamp with time zone, timestamp with time zone) FROM PUBLIC;
