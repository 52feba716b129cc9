-- Seals one batch behind p_head and appends the next head; returns the number of its leaves.
--
-- p_head says where the last one ended: the transactions that had ended in its snapshot are done, or, while adopted_to
-- is set, the rows with smaller ids. p_carefully: one row after the other, for a batch with a row that cannot be hashed
-- in the usual way, or whose id is there twice. Raises 23505 when p_head has a successor that the caller does not see.
-- Proof: Scenarios/audit/seal.spec, Scenarios/audit/seal_orders.spec, Tests/SQL/audit/seal.sql
CREATE OR REPLACE FUNCTION domainflow._seal_batch(
    p_head domainflow.audit_head,
    p_now pg_snapshot,
    p_max_rows integer,
    p_carefully boolean
)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '64MB'
AS $$
DECLARE
    v_version CONSTANT smallint := domainflow._canonical_version();
    v_next domainflow.audit_head := p_head;
    v_batch record;
BEGIN
    WITH found AS MATERIALIZED (
        -- Whose transaction was running at the last head and has ended since.
        SELECT a.id, a.decided_at, a.transaction_id, false AS counts,
               CASE WHEN NOT p_carefully THEN domainflow._audit_row_hash(a, v_version) END AS row_hash
          FROM domainflow.audit_log AS a
         WHERE p_head.adopted_to IS NULL
           AND a.transaction_id = ANY (ARRAY(SELECT x.id FROM pg_snapshot_xip(p_head.snapshot) AS x (id)
                                              WHERE pg_visible_in_snapshot(x.id, p_now)))
        UNION ALL
        (SELECT a.id, a.decided_at, a.transaction_id, true,
                CASE WHEN NOT p_carefully THEN domainflow._audit_row_hash(a, v_version) END
           FROM domainflow.audit_log AS a
          WHERE p_head.adopted_to IS NULL
            AND a.transaction_id >= pg_snapshot_xmax(p_head.snapshot)
            AND a.transaction_id < pg_snapshot_xmax(p_now)
            AND pg_visible_in_snapshot(a.transaction_id, p_now)
          ORDER BY a.transaction_id
          FETCH FIRST (p_max_rows) ROWS WITH TIES)
        UNION ALL
        (SELECT a.id, a.decided_at, a.transaction_id, true,
                CASE WHEN NOT p_carefully THEN domainflow._audit_row_hash(a, v_version) END
           FROM domainflow.audit_log AS a
          WHERE a.id >= p_head.adopted_to
            AND NOT EXISTS (SELECT FROM domainflow.audit_leaf AS l WHERE l.id = a.id)
          ORDER BY a.id
          LIMIT p_max_rows)
    ), fresh AS (
        SELECT f.id, f.decided_at, h.version, h.row_hash,
               p_head.size + row_number() OVER () - 1 AS leaf_index
          FROM found AS f
         CROSS JOIN LATERAL (SELECT v_version AS version, f.row_hash WHERE NOT p_carefully
                             UNION ALL
                             SELECT c.version, c.row_hash
                               FROM domainflow._hash_audit_row(f.id, f.decided_at) AS c
                              WHERE p_carefully) AS h
         -- Adopted before this transaction's turn came. A scalar sub-select, so that it is never hashed.
         WHERE (f.transaction_id > p_head.adopted_xid AND NOT p_carefully) OR p_head.adopted_to IS NOT NULL
            OR (SELECT l.leaf_index FROM domainflow.audit_leaf AS l WHERE l.id = f.id) IS NULL
    ), sealed AS (
        INSERT INTO domainflow.audit_leaf (leaf_index, id, decided_at, leaf_hash, version)
        SELECT f.leaf_index, f.id, f.decided_at, domainflow._audit_leaf_hash(f.leaf_index, f.row_hash), f.version
          FROM fresh AS f
        RETURNING 1
    )
    SELECT s.sealed, s.is_cut,
           CASE WHEN s.is_cut THEN (SELECT f.transaction_id FROM found AS f WHERE f.counts ORDER BY f.transaction_id DESC LIMIT 1) END
               AS last_transaction,
           CASE WHEN s.is_cut THEN (SELECT f.id FROM found AS f ORDER BY f.id DESC LIMIT 1) END AS last_id
      INTO v_batch
      FROM (SELECT (SELECT count(*) FROM sealed) AS sealed, (SELECT count(*) FROM found AS f WHERE f.counts) >= p_max_rows AS is_cut) AS s;

    v_next.size := p_head.size + v_batch.sealed;
    IF p_head.adopted_to IS NOT NULL THEN
        v_next.adopted_to := CASE WHEN v_batch.is_cut THEN v_batch.last_id END;
        v_next.adopted_xid := COALESCE(
            (SELECT a.transaction_id FROM domainflow.audit_log AS a ORDER BY a.transaction_id DESC LIMIT 1), '0'::xid8);
    ELSIF NOT v_batch.is_cut THEN
        IF v_batch.sealed = 0 THEN
            RETURN 0::bigint;
        END IF;
        v_next.snapshot := p_now;
    ELSE
        -- Up to the last transaction of this batch.
        v_next.snapshot := domainflow._cut_snapshot(p_now, v_batch.last_transaction);
    END IF;
    PERFORM domainflow._add_merkle_nodes(p_head.size, v_next.size);
    INSERT INTO domainflow.audit_head (number, size, root, sealed_at, system, snapshot, adopted_to, adopted_xid)
    VALUES (p_head.number + 1, v_next.size, domainflow._merkle_hash(0, v_next.size), clock_timestamp(), p_head.system,
            v_next.snapshot, v_next.adopted_to, v_next.adopted_xid);
    RETURN v_batch.sealed;
END
$$;

COMMENT ON FUNCTION domainflow._seal_batch(domainflow.audit_head, pg_snapshot, integer, boolean)
IS 'Seals one batch behind a head and appends the next head; returns the number of its leaves.';
REVOKE ALL ON FUNCTION domainflow._seal_batch(domainflow.audit_head, pg_snapshot, integer, boolean) FROM PUBLIC;
