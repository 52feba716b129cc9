-- First moments (UTC) of the months of one table that have no partition and need one: this month and the next p_months_ahead,
-- and earlier months that have rows in the default partition.
CREATE OR REPLACE FUNCTION domainflow._missing_months(
    p_parent regclass,
    p_default_partition regclass,
    p_time_column text,
    p_months_ahead integer
)
RETURNS timestamp without time zone []
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_this_month timestamp without time zone := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
    v_months timestamp without time zone[];
BEGIN
    EXECUTE format(
        $sql$
        SELECT array_agg(m.month ORDER BY m.month)
          FROM (SELECT $1 + a.ahead * interval '1 month' AS month FROM generate_series(0, $2) AS a (ahead)
                UNION
                SELECT date_trunc('month', d.%I AT TIME ZONE 'UTC')
                  FROM %s AS d
                 WHERE d.%I < $1 AT TIME ZONE 'UTC' AND isfinite(d.%I)) AS m
         WHERE NOT EXISTS (
                   SELECT
                     FROM pg_inherits AS i
                    WHERE i.inhparent = $3
                      AND i.inhrelid = to_regclass(format('domainflow.%%I', domainflow._partition_name($3, m.month))))
        $sql$, p_time_column, p_default_partition, p_time_column, p_time_column)
       INTO v_months
      USING v_this_month, p_months_ahead, p_parent;
    RETURN v_months;
END
$$;

COMMENT ON FUNCTION domainflow._missing_months IS 'Months of a table that lack a partition; null when there are none.';
REVOKE ALL ON FUNCTION domainflow._missing_months FROM PUBLIC;
