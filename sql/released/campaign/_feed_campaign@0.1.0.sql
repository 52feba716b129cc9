-- Hands out up to p_ranges further ranges of a campaign and makes a job of each, in this transaction. Returns the last job's id.
--
-- The caller holds the campaign's generator, and has seen that the campaign runs.
CREATE OR REPLACE FUNCTION domainflow._feed_campaign(p_campaign_id uuid, p_ranges integer)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_size  integer := (SELECT c.batch_size FROM domainflow.campaign AS c WHERE c.campaign_id = p_campaign_id);
    v_range record;
    v_job   bigint;
BEGIN
    FOR v_number IN 1 .. p_ranges LOOP
        SELECT a.range_start, a.range_end INTO v_range FROM domainflow.allocate_domain_range(p_campaign_id, v_size) AS a;
        EXIT WHEN NOT FOUND;
        v_job := domainflow.enqueue_job('campaign', 'generate_domains', jsonb_build_object(
            'campaign_id', p_campaign_id, 'range_start', v_range.range_start, 'range_end', v_range.range_end));
        UPDATE domainflow.domain_range AS r
           SET job_id = v_job
         WHERE r.campaign_id = p_campaign_id
           AND r.range_start = v_range.range_start;
    END LOOP;
    RETURN v_job;
END
$$;

COMMENT ON FUNCTION domainflow._feed_campaign IS
    'Makes jobs of the next ranges of a campaign';
REVOKE ALL ON FUNCTION domainflow._feed_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._feed_campaign TO domainflow_app;
