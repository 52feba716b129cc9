-- The snapshot of this moment, in which the caller's own transaction counts as running: what it writes later is not
-- covered by it.
--
-- PostgreSQL's own leaves it out of the list, so pg_visible_in_snapshot would call it ended.
-- Proof: Tests/SQL/audit/seal.sql
CREATE OR REPLACE FUNCTION domainflow._running_snapshot()
RETURNS pg_snapshot
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_self xid8 := pg_current_xact_id();
    v_snapshot pg_snapshot := pg_current_snapshot();
BEGIN
    IF NOT pg_visible_in_snapshot(v_self, v_snapshot) THEN
        RETURN v_snapshot;
    END IF;
    RETURN format('%s:%s:%s', LEAST(v_self, pg_snapshot_xmin(v_snapshot)), pg_snapshot_xmax(v_snapshot),
                  (SELECT string_agg(x.id::text, ',' ORDER BY x.id)
                     FROM (SELECT v_self AS id UNION ALL SELECT pg_snapshot_xip(v_snapshot)) AS x))::pg_snapshot;
END
$$;

COMMENT ON FUNCTION domainflow._running_snapshot()
IS 'The current snapshot, in which the own transaction counts as running.';
REVOKE ALL ON FUNCTION domainflow._running_snapshot() FROM PUBLIC;
