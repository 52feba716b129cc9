-- Reports that processing a campaign's job failed: 'retry', 'dead' or 'stale' as fail_job. A dead job fails its campaign.
--
-- Its failed attempt is recorded as a transaction metric, since the attempt's own transaction left nothing. DF201 when it is no job of
-- this campaign: then nothing is changed.
-- Above READ COMMITTED it fails with 40001 when the job or the campaign was changed since the transaction's snapshot.
-- Proof: Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.fail_campaign_job(
    p_campaign_id uuid,
    p_job_id      bigint,
    p_token       bigint,
    p_worker      text,
    p_error       text,
    p_duration_ms double precision DEFAULT 0
)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_outcome text;
BEGIN
    PERFORM domainflow._refuse_campaign_job(p_campaign_id, p_job_id, p_token, p_worker);
    v_outcome := domainflow.fail_job('campaign', p_job_id, p_token, p_error);
    IF v_outcome <> 'stale' AND NOT EXISTS (
           SELECT FROM domainflow.domain_range AS r WHERE r.campaign_id = p_campaign_id AND r.job_id = p_job_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'the job is not of this campaign',
            DETAIL = format('campaign: %s, job: %s', p_campaign_id, p_job_id), HINT = 'The job''s payload names its campaign.';
    END IF;
    IF v_outcome <> 'stale' THEN
        PERFORM domainflow.record_transaction_metric('process_campaign_job', p_campaign_id, p_duration_ms, false, p_error);
    END IF;
    IF v_outcome = 'dead' THEN
        PERFORM domainflow.fail_campaign(p_campaign_id, p_worker, format('job %s is dead: %s', p_job_id, left(p_error, 1000)));
    END IF;
    RETURN v_outcome;
END
$$;

COMMENT ON FUNCTION domainflow.fail_campaign_job IS
    'Reports a failed attempt at a campaign job; a dead job fails its campaign';
REVOKE ALL ON FUNCTION domainflow.fail_campaign_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_campaign_job TO domainflow_app;
