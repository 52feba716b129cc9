-- Pauses a running campaign: its waiting jobs are parked, jobs being processed finish, and no further range is handed out.
--
-- A job that is claimed but not begun is parked by process_campaign_job. Refusals are answers, as with transition_state.
-- Above READ COMMITTED it fails with 40001 when the campaign was moved or worked on since the transaction's snapshot.
-- Proof: Scenarios/campaign/paused.spec, Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.pause_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'paused', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.park_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.pause_campaign IS
    'Pauses a running campaign and parks its jobs';
REVOKE ALL ON FUNCTION domainflow.pause_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_campaign TO domainflow_app;
