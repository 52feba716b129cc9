-- Hands out the next p_size numbers of a campaign (fewer at the end, no row when none are left), each exactly once.
--
-- Concurrent callers queue on the campaign's generator until the one before them commits; what a rolled back caller got is handed
-- out again. DF301 for an unknown campaign. Above READ COMMITTED it fails with 40001 when a range was handed out, or the campaign moved or
-- worked on, since the transaction's snapshot.
-- Proof: Scenarios/campaign/ranges.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.allocate_domain_range(p_campaign_id uuid, p_size bigint)
RETURNS TABLE (range_start bigint, range_end bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_start bigint;
    v_total bigint;
BEGIN
    IF p_size IS NULL OR p_size NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the size of a range is 1 to 1000000',
            DETAIL = format('size: %s', COALESCE(p_size::text, 'null')), HINT = 'Pass the batch size of the campaign.';
    END IF;
    SELECT g.next_offset, g.total INTO v_start, v_total
      FROM domainflow.domain_generator AS g
     WHERE g.campaign_id = p_campaign_id
       FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such campaign',
            DETAIL = format('campaign: %s', p_campaign_id), HINT = 'list_campaigns() shows those there are.';
    END IF;
    IF v_start < v_total THEN
        RETURN QUERY
        INSERT INTO domainflow.domain_range AS r (campaign_id, range_start, range_end, correlation_id)
        VALUES (p_campaign_id, v_start, v_start + LEAST(p_size, v_total - v_start),
                left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200))
        RETURNING r.range_start, r.range_end;
        UPDATE domainflow.domain_generator AS g
           SET next_offset = v_start + LEAST(p_size, v_total - v_start)
         WHERE g.campaign_id = p_campaign_id;
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.allocate_domain_range IS
    'Hands out the next range of numbers of a campaign, each number exactly once';
REVOKE ALL ON FUNCTION domainflow.allocate_domain_range FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.allocate_domain_range TO domainflow_app;
