-- Claims up to p_limit ready jobs of one campaign for one worker, or of any campaign when p_campaign_id is null: as claim_jobs does.
--
-- A worker of one campaign meets no job of another, so it has none to put back. DF301 when there is no such campaign.
-- Above READ COMMITTED it fails with 40001 when another claim took a job that was ready in its snapshot.
-- Proof: Scenarios/campaign/stale_work.spec, Tests/SQL/campaign/work.sql
CREATE OR REPLACE FUNCTION domainflow.claim_campaign_jobs(
    p_campaign_id uuid,
    p_worker      text,
    p_limit       integer  DEFAULT 1,
    p_lease       interval DEFAULT '30 seconds'
)
RETURNS SETOF domainflow.claimed_job
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_campaign_id IS NOT NULL AND NOT EXISTS (SELECT FROM domainflow.campaign AS c WHERE c.campaign_id = p_campaign_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such campaign',
            DETAIL = format('campaign: %s', p_campaign_id), HINT = 'list_campaigns() shows those there are.';
    END IF;
    -- The queue appears with the first campaign that starts.
    IF EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = 'campaign') THEN
        RETURN QUERY
        SELECT j.*
          FROM domainflow.claim_jobs('campaign', p_worker, p_limit, p_lease,
                                     CASE WHEN p_campaign_id IS NOT NULL THEN ARRAY['generate_domains:' || p_campaign_id] END) AS j;
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.claim_campaign_jobs IS
    'Claims ready jobs of one campaign, or of any';
REVOKE ALL ON FUNCTION domainflow.claim_campaign_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.claim_campaign_jobs TO domainflow_app;
