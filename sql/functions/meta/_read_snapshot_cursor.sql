-- The parts of a cursor of _snapshot_cursor(); of a null one, a window that begins before all rows and ends now.
--
-- DF201 for what is no cursor, and for one of another era or of a future that was undone: rows after it might be
-- skipped.
CREATE OR REPLACE FUNCTION domainflow._read_snapshot_cursor(
    p_cursor text,
    OUT era text,
    OUT since pg_snapshot,
    OUT until pg_snapshot,
    OUT transaction xid8,
    OUT place text
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_parts text[] := string_to_array(p_cursor, '/');
    v_now pg_snapshot := domainflow._settled_snapshot();
BEGIN
    era := domainflow._snapshot_era();
    IF p_cursor IS NULL THEN
        until := v_now;
        RETURN;
    END IF;
    BEGIN
        IF cardinality(v_parts) = 6 AND v_parts[1] = '1' THEN
            since := NULLIF(v_parts[3], '-')::pg_snapshot;
            until := v_parts[4]::pg_snapshot;
            transaction := v_parts[5]::xid8;
            place := v_parts[6];
        END IF;
    EXCEPTION
        WHEN invalid_text_representation OR numeric_value_out_of_range THEN
            NULL;
    END;
    IF place IS NULL OR v_parts[2] <> era OR pg_snapshot_xmax(until) > pg_snapshot_xmax(v_now) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = CASE WHEN place IS NULL THEN 'this is not a cursor'
                           ELSE 'the cursor is of another cluster, or of a time before a recovery or promotion' END,
            DETAIL = format('cursor: %s, cluster and timeline now: %s', quote_literal(domainflow._shown(p_cursor)), era),
            HINT = 'Begin again without a cursor, from a time before the last row that you have; their ids tell those that you know.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._read_snapshot_cursor(text) IS 'The parts of a cursor; refuses one of another era.';
REVOKE ALL ON FUNCTION domainflow._read_snapshot_cursor(text) FROM PUBLIC;
