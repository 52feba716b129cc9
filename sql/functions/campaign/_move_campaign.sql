-- Moves a campaign's status while holding its generator, so that no worker feeds or finishes it meanwhile.
--
-- Refusals are answers, as with transition_state. The business status goes along where the status implies it. A move also writes the
-- generator: a worker above READ COMMITTED whose snapshot is older then fails with 40001, where it would go by the old status.
CREATE OR REPLACE FUNCTION domainflow._move_campaign(p_campaign_id uuid, p_to text, p_actor text, p_reason text)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result   domainflow.transition_result;
    v_business text := (CASE p_to WHEN 'queued' THEN 'generating' WHEN 'completed' THEN 'generated'
                                  WHEN 'cancelled' THEN 'abandoned' WHEN 'failed' THEN 'abandoned' END);
BEGIN
    IF p_campaign_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'campaign id must not be null',
            DETAIL = 'campaign: null', HINT = 'list_campaigns() shows those there are.';
    END IF;
    PERFORM 1 FROM domainflow.domain_generator AS g WHERE g.campaign_id = p_campaign_id FOR NO KEY UPDATE;
    v_result := domainflow.transition_state('campaign_status', p_campaign_id::text, p_to, NULL, p_actor, p_reason);
    IF v_result.success THEN
        UPDATE domainflow.domain_generator AS g SET job_window = g.job_window WHERE g.campaign_id = p_campaign_id;
        IF v_business IS NOT NULL THEN
            PERFORM domainflow.transition_state('campaign_business_status', p_campaign_id::text, v_business, NULL, p_actor, p_reason);
        END IF;
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow._move_campaign IS
    'Moves the status of a campaign while holding its generator';
REVOKE ALL ON FUNCTION domainflow._move_campaign FROM PUBLIC;
