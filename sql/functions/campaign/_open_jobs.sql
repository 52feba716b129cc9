-- The jobs of a campaign's ranges that are not generated yet.
CREATE OR REPLACE FUNCTION domainflow._open_jobs(p_campaign_id uuid)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        SELECT r.job_id
          FROM domainflow.domain_range AS r
         WHERE r.campaign_id = p_campaign_id
           AND r.generated_at IS NULL
           AND r.job_id IS NOT NULL
         ORDER BY r.range_start);
END
$$;

COMMENT ON FUNCTION domainflow._open_jobs IS
    'Jobs of the ranges that are not generated yet';
REVOKE ALL ON FUNCTION domainflow._open_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._open_jobs TO domainflow_app, domainflow_reader;
