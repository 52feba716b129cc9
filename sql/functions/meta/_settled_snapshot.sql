-- The current snapshot, in which the caller's own transaction counts as running: what is settled, for a consumer's
-- cursor.
--
-- pg_current_snapshot() lists other transactions only. So once a younger one has ended, it says of the caller's own
-- transaction that it is done, and a cursor that takes its word skips what this transaction goes on to write, or
-- delivers what it will roll back.
CREATE OR REPLACE FUNCTION domainflow._settled_snapshot()
RETURNS pg_snapshot
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN o.xid IS NULL OR o.xid >= pg_snapshot_xmax(s.now) THEN s.now
                ELSE format('%s:%s:%s', LEAST(pg_snapshot_xmin(s.now), o.xid), pg_snapshot_xmax(s.now),
                            (SELECT string_agg(r.xid::text, ',' ORDER BY r.xid)
                               FROM (SELECT x.xid FROM pg_snapshot_xip(s.now) AS x (xid) UNION SELECT o.xid) AS r))::pg_snapshot END
      FROM (SELECT pg_current_snapshot() AS now) AS s
     CROSS JOIN (SELECT pg_current_xact_id_if_assigned() AS xid) AS o
$$;

COMMENT ON FUNCTION domainflow._settled_snapshot()
IS 'The current snapshot, in which the caller''s own transaction counts as running.';
REVOKE ALL ON FUNCTION domainflow._settled_snapshot() FROM PUBLIC;
