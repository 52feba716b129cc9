-- Fails a running or paused campaign that cannot be finished, because a job is dead, and removes its jobs.
--
-- Refusals are answers, as with transition_state.
-- Above READ COMMITTED it fails with 40001 when the campaign was moved or worked on since the transaction's snapshot.
-- Proof: Scenarios/campaign/failed.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.fail_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'failed', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.fail_campaign IS
    'Fails a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.fail_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_campaign TO domainflow_app;
