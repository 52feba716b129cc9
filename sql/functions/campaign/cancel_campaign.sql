-- Cancels a campaign for good and removes its jobs. Jobs being processed finish; claimed ones are dropped by process_campaign_job.
--
-- Refusals are answers, as with transition_state.
-- Above READ COMMITTED it fails with 40001 when the campaign was moved or worked on since the transaction's snapshot.
-- Proof: Scenarios/campaign/move_orders.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.cancel_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'cancelled', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_campaign IS
    'Cancels a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.cancel_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_campaign TO domainflow_app;
