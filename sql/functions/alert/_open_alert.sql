-- Opens an alert unless one with the same key is open; true when it did. What keeps on being wrong is one alert, with
-- the evidence of its beginning.
CREATE OR REPLACE FUNCTION domainflow._open_alert(p_name text, p_severity text, p_dedup_key text, p_evidence jsonb)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO domainflow.alert_event (name, severity, dedup_key, evidence)
    VALUES (p_name, p_severity, p_dedup_key, p_evidence)
    ON CONFLICT (dedup_key) WHERE closed_at IS NULL DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION domainflow._open_alert(text, text, text, jsonb)
IS 'Opens an alert unless one with the same key is open.';
REVOKE ALL ON FUNCTION domainflow._open_alert(text, text, text, jsonb) FROM PUBLIC;
