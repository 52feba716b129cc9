-- At most p_limit rows of the logs of the transactions that p_until has and p_since has not, after a place, in the
-- order of transactions.
--
-- place: which log and which row within the transaction. Rows of restored transactions, whose ids this cluster has not
-- reached, come in the first window.
CREATE OR REPLACE FUNCTION domainflow._audit_events(
    p_since pg_snapshot,
    p_until pg_snapshot,
    p_transaction xid8,
    p_place text,
    p_from timestamp with time zone,
    p_limit integer
)
RETURNS TABLE (transaction_id xid8, place text, kind text, happened_at timestamp with time zone, detail jsonb)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_from xid8 := COALESCE(p_transaction, pg_snapshot_xmin(p_since), '0'::xid8);
    -- Restored rows with high numbers are not walked each time.
    v_to xid8 := CASE WHEN p_since IS NULL THEN '18446744073709551615'::xid8 ELSE pg_snapshot_xmax(p_until) END;
    -- The place within p_transaction after which each log goes on.
    v_rank integer := COALESCE(split_part(p_place, '.', 1)::integer, 0);
    v_row text := split_part(p_place, '.', 2);
    v_decision uuid := CASE v_rank WHEN 0 THEN NULL WHEN 1 THEN v_row::uuid ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid END;
    v_change bigint := CASE v_rank WHEN 2 THEN v_row::bigint WHEN 3 THEN 9223372036854775807 ELSE -1 END;
    v_read bigint := CASE v_rank WHEN 3 THEN v_row::bigint ELSE -1 END;
BEGIN
    RETURN QUERY
    SELECT e.transaction_id, e.place, e.kind, e.happened_at, e.detail
      FROM ((SELECT d.transaction_id, 1 AS rank, 0::bigint AS number, '1.' || d.id AS place, 'decision' AS kind,
                    d.decided_at AS happened_at, to_jsonb(d) AS detail
               FROM domainflow.audit_log AS d
              WHERE d.transaction_id >= v_from AND d.transaction_id < v_to AND d.decided_at >= p_from
                AND (v_decision IS NULL OR (d.transaction_id, d.id) > (v_from, v_decision))
                AND domainflow._is_in_window(d.transaction_id, p_since, p_until, pg_current_snapshot())
              ORDER BY d.transaction_id, d.id LIMIT p_limit)
            UNION ALL
            (SELECT c.transaction_id, 2, c.id, '2.' || c.id, 'change', c.changed_at, to_jsonb(c)
               FROM domainflow.row_change AS c
              WHERE (c.transaction_id, c.id) > (v_from, v_change) AND c.transaction_id < v_to AND c.changed_at >= p_from
                AND domainflow._is_in_window(c.transaction_id, p_since, p_until, pg_current_snapshot())
              ORDER BY c.transaction_id, c.id LIMIT p_limit)
            UNION ALL
            (SELECT r.transaction_id, 3, r.id, '3.' || r.id, 'read', r.read_at, to_jsonb(r)
               FROM domainflow.audit_read AS r
              WHERE (r.transaction_id, r.id) > (v_from, v_read) AND r.transaction_id < v_to AND r.read_at >= p_from
                AND domainflow._is_in_window(r.transaction_id, p_since, p_until, pg_current_snapshot())
              ORDER BY r.transaction_id, r.id LIMIT p_limit)) AS e
     ORDER BY e.transaction_id, e.rank, e.number, e.place
     LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow._audit_events(pg_snapshot, pg_snapshot, xid8, text, timestamp with time zone, integer)
IS 'Rows of the logs between two snapshots, in the order of transactions.';
REVOKE ALL ON FUNCTION domainflow._audit_events(pg_snapshot, pg_snapshot, xid8, text, timestamp with time zone, integer) FROM PUBLIC;
