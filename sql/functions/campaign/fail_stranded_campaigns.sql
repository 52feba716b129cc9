-- Fails the running and paused campaigns that have a dead job: one whose last lease ran out and whose worker did not report it.
--
-- Idle workers and maintenance call it. Returns the campaigns that it failed.
-- Above READ COMMITTED it fails with 40001 when such a campaign or one of its jobs was changed since the transaction's snapshot.
-- Proof: Scenarios/campaign/failed.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.fail_stranded_campaigns(p_actor text DEFAULT NULL)
RETURNS SETOF uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_stranded record;
BEGIN
    FOR v_stranded IN
        SELECT DISTINCT ON (r.campaign_id) r.campaign_id, j.id, j.last_error
          FROM domainflow.job AS j
          -- Anybody may put jobs into the queue: only what is an id may be cast to one.
          JOIN domainflow.domain_range AS r
            ON r.campaign_id = CASE WHEN j.payload ->> 'campaign_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                                    THEN (j.payload ->> 'campaign_id')::uuid END
           AND r.job_id = j.id
         WHERE j.queue = 'campaign'
           AND j.pos IS NULL  -- dead jobs are in no lane: served by job_waiting_idx
           AND j.run_at = 'infinity'
           AND j.status = 'dead'
         ORDER BY r.campaign_id, j.id
    LOOP
        IF (domainflow.fail_campaign(v_stranded.campaign_id, p_actor,
                format('job %s is dead: %s', v_stranded.id, left(v_stranded.last_error, 1000)))).success THEN
            RETURN QUERY SELECT v_stranded.campaign_id;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.fail_stranded_campaigns IS
    'Fails campaigns whose job died with its worker';
REVOKE ALL ON FUNCTION domainflow.fail_stranded_campaigns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_stranded_campaigns TO domainflow_app;
