-- Hashes decisions that are not sealed yet into the Merkle tree and appends its new head; returns how many it sealed.
--
-- Each committed decision becomes exactly one leaf, after its transaction ended. A transaction that stays open delays
-- its own decisions and no others: a call seals what ended between the snapshot of the last head and its own. At most
-- p_max_rows (1 to 10,000,000), but whole transactions; call it until it returns less. Writers of audit_log never wait
-- for it, and it waits for no lock: while another call is at work it returns 0 at once (the first call ever, without a
-- head to lock, is waited for). Two heads cannot follow one: their number is the key. The first call in a database,
-- also after a dump was restored there, walks over the log in the order of ids and seals what has no leaf yet, because
-- transaction ids from elsewhere say nothing.
-- SECURITY DEFINER, because nobody writes the tree directly. Only index scans and nested loops: a plan must not depend
-- on young statistics.
-- Proof: Scenarios/audit/seal.spec, Scenarios/audit/seal_orders.spec, Tests/SQL/audit/seal.sql
CREATE OR REPLACE FUNCTION domainflow.seal_audit(p_max_rows integer DEFAULT 100000)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    v_head domainflow.audit_head;
    v_system text;
    v_now pg_snapshot;
    v_constraint text;
BEGIN
    IF COALESCE(p_max_rows, 0) NOT BETWEEN 1 AND 10000000 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_max_rows IS NULL THEN 'DF202' ELSE 'DF204' END,
            MESSAGE = 'max_rows is between 1 and 10000000',
            DETAIL = format('max_rows: %s', COALESCE(p_max_rows::text, 'null')),
            HINT = 'Call it without arguments, again and again until it returns 0.';
    END IF;
    SELECT h.* INTO v_head FROM domainflow.audit_head AS h
     WHERE h.number = (SELECT max(m.number) FROM domainflow.audit_head AS m)
       FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM domainflow.audit_head) THEN
            RETURN 0::bigint;
        END IF;
        v_head.number := 0::bigint;
        v_head.size := 0::bigint;
    END IF;
    v_now := domainflow._running_snapshot();
    v_system := domainflow._audit_system();
    -- A snapshot from the future belongs to another cluster, whatever its name.
    IF v_head.system IS DISTINCT FROM v_system OR pg_snapshot_xmax(v_head.snapshot) > pg_snapshot_xmax(v_now) THEN
        v_head.system := v_system;
        v_head.snapshot := v_now;
        v_head.adopted_to := '00000000-0000-0000-0000-000000000000';
    END IF;
    BEGIN
        RETURN domainflow._seal_batch(v_head, v_now, p_max_rows, false);
    EXCEPTION
        WHEN serialization_failure OR deadlock_detected THEN
            RAISE;
        WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
            -- Another call appended a head that this one does not see.
            IF v_constraint IN ('audit_head_pkey', 'audit_leaf_pkey') THEN
                RETURN 0::bigint;
            END IF;
            -- A row that cannot be hashed, or whose id is there twice, must not stop the others.
            RETURN domainflow._seal_batch(v_head, v_now, p_max_rows, true);
    END;
END
$$;

COMMENT ON FUNCTION domainflow.seal_audit(integer)
IS 'Hashes decisions that are not sealed yet into the Merkle tree and appends its new head; returns how many.';
REVOKE ALL ON FUNCTION domainflow.seal_audit(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.seal_audit(integer) TO domainflow_admin, domainflow_owner;
