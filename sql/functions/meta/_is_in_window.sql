-- Whether a transaction, a row of which p_now sees, ended between two snapshots of a consumer.
--
-- In the first window (p_since is null) also one that this cluster cannot have: its row came with a restored dump.
CREATE OR REPLACE FUNCTION domainflow._is_in_window(p_transaction xid8, p_since pg_snapshot, p_until pg_snapshot, p_now pg_snapshot)
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    SELECT CASE WHEN p_since IS NULL
                THEN pg_catalog.pg_visible_in_snapshot(p_transaction, p_until)
                  OR (p_transaction OPERATOR(pg_catalog.>=) pg_catalog.pg_snapshot_xmax(p_now)
                      AND p_transaction OPERATOR(pg_catalog.<>) COALESCE(pg_catalog.pg_current_xact_id_if_assigned(), '0'::pg_catalog.xid8))
                ELSE pg_catalog.pg_visible_in_snapshot(p_transaction, p_until)
                 AND NOT pg_catalog.pg_visible_in_snapshot(p_transaction, p_since) END
$$;

COMMENT ON FUNCTION domainflow._is_in_window(xid8, pg_snapshot, pg_snapshot, pg_snapshot)
IS 'Whether a transaction ended between two snapshots of a consumer.';
REVOKE ALL ON FUNCTION domainflow._is_in_window(xid8, pg_snapshot, pg_snapshot, pg_snapshot) FROM PUBLIC;
