-- Why a log is thought to be silent: its last full hour has less than half of what the poorest of the same hours of the
-- last week had; else null.
--
-- Compared with the same hour of the day, because nights are quiet, and only if there are three such hours with 20 rows
-- each. What was counted stands in audit_hour.
CREATE OR REPLACE FUNCTION domainflow._silent_log(p_log text)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s rows in the hour from %s, at least %s in the same hour of %s days before', l.row_count,
                  to_char(l.hour AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'), u.fewest, u.days)
      FROM (SELECT h.hour, h.row_count FROM domainflow.audit_hour AS h WHERE h.log_name = p_log ORDER BY h.hour DESC LIMIT 1) AS l
     CROSS JOIN LATERAL (
            SELECT min(h.row_count) AS fewest, count(*) AS days
              FROM domainflow.audit_hour AS h
             WHERE h.log_name = p_log AND h.hour IN (SELECT l.hour - g * interval '24 hours' FROM generate_series(1, 7) AS g)) AS u
     WHERE u.days >= 3 AND u.fewest >= 20 AND l.row_count * 2 < u.fewest
$$;

COMMENT ON FUNCTION domainflow._silent_log(text) IS 'Why a log is thought to be silent, else null.';
REVOKE ALL ON FUNCTION domainflow._silent_log(text) FROM PUBLIC;
