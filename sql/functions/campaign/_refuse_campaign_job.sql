-- Raises what is wrong with what a worker says about its job of a campaign. Returns when nothing is.
CREATE OR REPLACE FUNCTION domainflow._refuse_campaign_job(p_campaign_id uuid, p_job_id bigint, p_token bigint, p_worker text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_campaign_id IS NULL OR p_job_id IS NULL OR p_token IS NULL OR p_worker IS NULL OR length(p_worker) NOT BETWEEN 1 AND 200 THEN
        RAISE EXCEPTION USING ERRCODE = CASE WHEN num_nulls(p_campaign_id, p_job_id, p_token, p_worker) > 0 THEN 'DF202' ELSE 'DF204' END,
            MESSAGE = 'campaign, job, token and worker must not be null, and a worker''s name has 1 to 200 characters',
            DETAIL = format('campaign: %s, job: %s, token: %s, worker: %s', COALESCE(p_campaign_id::text, 'null'),
                            COALESCE(p_job_id::text, 'null'), COALESCE(p_token::text, 'null'),
                            COALESCE(domainflow._shown(p_worker), 'null')),
            HINT = 'Pass what claim_campaign_jobs returned.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_campaign_job IS
    'Raises what is wrong with campaign, job, token and worker';
REVOKE ALL ON FUNCTION domainflow._refuse_campaign_job FROM PUBLIC;
