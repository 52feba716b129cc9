-- Starts a draft campaign: draft, queued, running, with the jobs for its first p_window ranges, in one transaction.
--
-- Every job that is done makes the job of one further range, so p_window bounds the jobs of a campaign at any moment; it should
-- exceed the number of workers. Refusals are answers, as with transition_state.
-- Above READ COMMITTED it fails with 40001 when the campaign was moved or worked on since the transaction's snapshot.
-- Proof: Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.start_campaign(
    p_campaign_id uuid,
    p_actor       text    DEFAULT NULL,
    p_reason      text    DEFAULT NULL,
    p_window      integer DEFAULT 64
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result;
BEGIN
    IF p_window IS NULL OR p_window NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the window must be 1 to 10000 ranges',
            DETAIL = format('window: %s', p_window), HINT = 'Leave it out for 64.';
    END IF;
    v_result := domainflow._move_campaign(p_campaign_id, 'queued', p_actor, p_reason);
    IF v_result.success THEN
        UPDATE domainflow.domain_generator AS g SET job_window = p_window WHERE g.campaign_id = p_campaign_id;
        PERFORM domainflow._feed_campaign(p_campaign_id, p_window);
        v_result := domainflow._move_campaign(p_campaign_id, 'running', p_actor, p_reason);
        v_result.from_state := 'draft';
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.start_campaign IS
    'Starts a draft campaign with the jobs for its first ranges';
REVOKE ALL ON FUNCTION domainflow.start_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.start_campaign TO domainflow_app;
