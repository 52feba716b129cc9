-- Takes a claimed job out of the way of a worker that may not process it: parked while the campaign is paused, dropped when it has ended.
--
-- The caller has locked the job and holds its token: job before generator, as a worker that finishes the job locks them, or the two deadlock.
-- Decides while holding the campaign's generator: else a resume of this moment could miss a job that is about to be parked. The generator is
-- written, so that a resume above READ COMMITTED whose snapshot is older fails with 40001, where it would miss the job.
CREATE OR REPLACE FUNCTION domainflow._put_back_campaign_job(p_campaign_id uuid, p_job_id bigint, p_token bigint)
RETURNS domainflow.campaign_job_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.campaign_job_result;
BEGIN
    UPDATE domainflow.domain_generator AS g SET job_window = g.job_window WHERE g.campaign_id = p_campaign_id;
    SELECT i.state INTO v_result.campaign_status
      FROM domainflow.state_instance AS i
     WHERE i.machine = 'campaign_status' AND i.entity_id = p_campaign_id::text;
    IF v_result.campaign_status = 'paused' THEN
        PERFORM domainflow.park_jobs('campaign', ARRAY[p_job_id], p_token);
        v_result.outcome := 'parked';
    ELSIF v_result.campaign_status = 'running' THEN
        -- Resumed since it was looked at: back into the lane.
        PERFORM domainflow.release_jobs('campaign', ARRAY[p_job_id], p_token);
        v_result.outcome := 'parked';
    ELSE
        PERFORM domainflow.complete_job('campaign', p_job_id, p_token);
        v_result.outcome := 'dropped';
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow._put_back_campaign_job IS
    'Parks or drops a claimed job whose campaign does not run';
REVOKE ALL ON FUNCTION domainflow._put_back_campaign_job FROM PUBLIC;
