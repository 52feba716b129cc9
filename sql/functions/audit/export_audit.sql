-- The rows of audit_log, row_change and audit_read after a cursor, as OCSF events, each with the cursor that goes on
-- after it; none: no more yet.
--
-- Each row that was committed comes once, and none is skipped, however late its transaction commits; no other
-- transaction, and none that idles, holds it up. Transactions come in the order of their ids, the rows of one log in
-- the order they were written. Keep the cursor of the last event that was processed; null begins, at p_from if that is
-- given. After a restore or promotion a cursor is refused (DF201): begin from a time before the last event, and pass
-- over what is known by metadata.uid. A read that gave more than reads of its own is recorded, with p_purpose. DF204
-- for a limit that is not 1 to 10000, DF405 on a standby or in a read-only transaction. SECURITY DEFINER, because
-- nobody reads row_change past a function that records it.
-- Proof: Scenarios/audit/export.spec, Tests/SQL/audit/reads.sql
CREATE OR REPLACE FUNCTION domainflow.export_audit(
    p_after_cursor text DEFAULT NULL,
    p_limit integer DEFAULT 1000,
    p_from timestamp with time zone DEFAULT NULL,
    p_purpose text DEFAULT NULL
)
RETURNS TABLE (next_cursor text, event jsonb)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    v_at record;
    v_event record;
    v_rows integer := 0;
    v_foreign integer := 0;
BEGIN
    IF COALESCE(p_limit, 0) NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'limit is between 1 and 10000',
            DETAIL = format('limit: %s', p_limit),
            HINT = 'Call it again with the last cursor for more.';
    END IF;
    SELECT c.era, c.since, c.until, c.transaction, c.place INTO v_at FROM domainflow._read_snapshot_cursor(p_after_cursor) AS c;
    -- The window of the cursor, and when that is used up, the one from there to now.
    FOR v_window IN 1 .. 2 LOOP
        FOR v_event IN
            SELECT e.transaction_id, e.place, e.kind, e.happened_at, e.detail
              FROM domainflow._audit_events(v_at.since, v_at.until, v_at.transaction, v_at.place,
                                           COALESCE(p_from, '-infinity'), p_limit) AS e
        LOOP
            next_cursor := domainflow._snapshot_cursor(v_at.era, v_at.since, v_at.until, v_event.transaction_id, v_event.place);
            event := domainflow._ocsf_event(v_event.kind, v_event.happened_at, v_event.detail);
            v_rows := v_rows + 1;
            v_foreign := v_foreign + (v_event.detail ->> 'function_name' IS DISTINCT FROM 'export_audit')::integer;
            RETURN NEXT;
        END LOOP;
        EXIT WHEN v_rows > 0 OR p_after_cursor IS NULL;
        v_at.since := v_at.until;
        v_at.until := domainflow._settled_snapshot();
        v_at.transaction := NULL;
        v_at.place := NULL;
    END LOOP;
    -- Else a consumer that asks until nothing comes would find its own last call each time.
    IF v_foreign > 0 THEN
        PERFORM domainflow._record_audit_read('export_audit', p_purpose, jsonb_build_object(
            'after_cursor', p_after_cursor, 'limit', p_limit, 'from', p_from, 'rows', v_rows, 'next_cursor', next_cursor));
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.export_audit(text, integer, timestamp with time zone, text)
IS 'The rows of the logs after a cursor as OCSF events, each once, none skipped.';
REVOKE ALL ON FUNCTION domainflow.export_audit(text, integer, timestamp with time zone, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.export_audit(text, integer, timestamp with time zone, text) TO domainflow_auditor;
