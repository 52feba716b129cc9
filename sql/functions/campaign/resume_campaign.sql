-- Resumes a paused campaign: its parked jobs can be claimed again, and the window is filled up for those that ended meanwhile.
--
-- A campaign whose last job ended while it was paused completes here. Refusals are answers, as with transition_state.
-- Above READ COMMITTED it fails with 40001 when the campaign was moved or worked on since the transaction's snapshot.
-- Proof: Scenarios/campaign/paused.spec, Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.resume_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result;
    v_open   bigint[];
BEGIN
    v_result := domainflow._move_campaign(p_campaign_id, 'running', p_actor, p_reason);
    IF v_result.success THEN
        v_open := domainflow._open_jobs(p_campaign_id);
        PERFORM domainflow.unpark_jobs('campaign', v_open);
        PERFORM domainflow._feed_campaign(p_campaign_id, g.job_window - cardinality(v_open))
           FROM domainflow.domain_generator AS g
          WHERE g.campaign_id = p_campaign_id;
        v_result.to_state := domainflow._complete_campaign(p_campaign_id, p_actor);
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.resume_campaign IS
    'Resumes a paused campaign and unparks its jobs';
REVOKE ALL ON FUNCTION domainflow.resume_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.resume_campaign TO domainflow_app;
