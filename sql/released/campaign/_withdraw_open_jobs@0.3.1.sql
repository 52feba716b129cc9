-- Takes the open jobs of a campaign out of the reach of workers: parks them, or removes them for good. The caller holds its generator.
--
-- A worker holds its job while it waits for the generator. SKIP LOCKED passes such a job over, but when the job was just being claimed,
-- PostgreSQL follows it to its new version and waits for whoever holds that ("while locking updated version of tuple"): two that wait for
-- each other. So no wait here is longer than lock_timeout; the locks taken so far are let go, and the next try sees the new version.
-- 55P03 when the table of jobs stays locked, by DDL for instance: nothing has changed then.
CREATE OR REPLACE FUNCTION domainflow._withdraw_open_jobs(p_campaign_id uuid, p_for_good boolean)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5ms'
AS $$
DECLARE
    c_tries CONSTANT integer := 40;
BEGIN
    FOR v_try IN 1 .. c_tries LOOP
        BEGIN
            IF p_for_good THEN
                PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
            ELSE
                PERFORM domainflow.park_jobs('campaign', domainflow._open_jobs(p_campaign_id));
            END IF;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF v_try = c_tries THEN
                RAISE;
            END IF;
        END;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._withdraw_open_jobs IS
    'Parks or removes the open jobs of a campaign without waiting for a worker';
REVOKE ALL ON FUNCTION domainflow._withdraw_open_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._withdraw_open_jobs TO domainflow_app;
