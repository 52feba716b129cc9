-- Pausing, cancelling or failing a campaign no longer deadlocks with a worker that has just claimed one of its jobs.

--! begin include functions/campaign/_withdraw_open_jobs.sql
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
--! end include functions/campaign/_withdraw_open_jobs.sql
--! begin include functions/campaign/pause_campaign.sql
-- Pauses a running campaign: its waiting jobs are parked, jobs being processed finish, and no further range is handed out.
--
-- A job that is claimed but not begun is parked by process_campaign_job. Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.pause_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'paused', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow._withdraw_open_jobs(p_campaign_id, p_for_good => false);
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.pause_campaign IS
    'Pauses a running campaign and parks its jobs';
REVOKE ALL ON FUNCTION domainflow.pause_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_campaign TO domainflow_app;
--! end include functions/campaign/pause_campaign.sql
--! begin include functions/campaign/cancel_campaign.sql
-- Cancels a campaign for good and removes its jobs. Jobs being processed finish; claimed ones are dropped by process_campaign_job.
--
-- Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.cancel_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'cancelled', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow._withdraw_open_jobs(p_campaign_id, p_for_good => true);
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_campaign IS
    'Cancels a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.cancel_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_campaign TO domainflow_app;
--! end include functions/campaign/cancel_campaign.sql
--! begin include functions/campaign/fail_campaign.sql
-- Fails a running or paused campaign that cannot be finished, because a job is dead, and removes its jobs.
--
-- Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.fail_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'failed', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow._withdraw_open_jobs(p_campaign_id, p_for_good => true);
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.fail_campaign IS
    'Fails a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.fail_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_campaign TO domainflow_app;
--! end include functions/campaign/fail_campaign.sql
--! begin include functions/meta/version.sql
-- The release of DomainFlow that is installed in this database, as in `0.3.1`.
CREATE OR REPLACE FUNCTION domainflow.version()
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT '0.3.1'::pg_catalog.text
$$;

COMMENT ON FUNCTION domainflow.version() IS 'The release of DomainFlow that is installed in this database.';
REVOKE ALL ON FUNCTION domainflow.version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.version()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/version.sql
