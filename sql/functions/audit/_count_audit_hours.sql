-- Counts the rows of the logs in each full hour that was not counted yet, of the last week, at most 24 hours of a log
-- in one call.
CREATE OR REPLACE FUNCTION domainflow._count_audit_hours()
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Names come from _audit_logs(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_log record;
    v_now timestamp with time zone := date_trunc('hour', clock_timestamp(), 'UTC');
    v_from timestamp with time zone;
    v_to timestamp with time zone;
BEGIN
    DELETE FROM domainflow.audit_hour AS h WHERE h.hour < v_now - interval '9 days' OR h.hour >= v_now;
    FOR v_log IN
        SELECT l.log_name, l.time_column FROM domainflow._audit_logs() AS l
         WHERE l.has_pulse AND to_regclass('domainflow.' || l.log_name) IS NOT NULL
    LOOP
        v_from := COALESCE((SELECT max(h.hour) + interval '1 hour' FROM domainflow.audit_hour AS h WHERE h.log_name = v_log.log_name),
                           v_now - interval '169 hours');
        v_to := LEAST(v_now, v_from + interval '24 hours');
        CONTINUE WHEN v_from >= v_to;
        EXECUTE format(
            'INSERT INTO domainflow.audit_hour (log_name, hour, row_count) '
            'SELECT %1$L, g.hour, count(r.%2$I) '
            '  FROM generate_series($1, $2 - interval ''1 hour'', interval ''1 hour'') AS g (hour) '
            '  LEFT JOIN domainflow.%1$I AS r ON r.%2$I >= $1 AND r.%2$I < $2 AND date_trunc(''hour'', r.%2$I, ''UTC'') = g.hour '
            ' GROUP BY g.hour ON CONFLICT DO NOTHING', v_log.log_name, v_log.time_column)
          USING v_from, v_to;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._count_audit_hours()
IS 'Counts the rows of the logs in each full hour of the last week.';
REVOKE ALL ON FUNCTION domainflow._count_audit_hours() FROM PUBLIC;
