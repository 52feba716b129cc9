-- A snapshot in which only the transactions up to p_last have ended, as far as they have in p_snapshot.
CREATE OR REPLACE FUNCTION domainflow._cut_snapshot(p_snapshot pg_snapshot, p_last xid8)
RETURNS pg_snapshot
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s:%s:%s', LEAST(pg_snapshot_xmin(p_snapshot)::text::numeric, e.xmax), e.xmax,
                  (SELECT string_agg(x.id::text, ',' ORDER BY x.id)
                     FROM pg_snapshot_xip(p_snapshot) AS x (id)
                    WHERE x.id <= p_last))::pg_snapshot
      FROM (SELECT p_last::text::numeric + 1 AS xmax) AS e
$$;

COMMENT ON FUNCTION domainflow._cut_snapshot(pg_snapshot, xid8) IS 'A snapshot that ends with an earlier transaction.';
REVOKE ALL ON FUNCTION domainflow._cut_snapshot(pg_snapshot, xid8) FROM PUBLIC;
