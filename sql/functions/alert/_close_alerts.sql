-- Closes the open alerts of a name whose keys are not among p_still_open; returns how many.
CREATE OR REPLACE FUNCTION domainflow._close_alerts(p_name text, p_still_open text [])
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_closed bigint;
BEGIN
    UPDATE domainflow.alert_event AS a
       SET closed_at = clock_timestamp()
     WHERE a.name = p_name AND a.closed_at IS NULL AND a.dedup_key <> ALL (p_still_open);
    GET DIAGNOSTICS v_closed = ROW_COUNT;
    RETURN v_closed;
END
$$;

COMMENT ON FUNCTION domainflow._close_alerts(text, text[])
IS 'Closes the open alerts of a name, but for those with the given keys.';
REVOKE ALL ON FUNCTION domainflow._close_alerts(text, text[]) FROM PUBLIC;
