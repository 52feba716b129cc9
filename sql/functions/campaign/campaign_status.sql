-- One campaign's states, counts and jobs; no row when there is no such campaign. progress is generated / total, 0 to 1.
-- Proof: Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.campaign_status(p_campaign_id uuid)
RETURNS TABLE (
    campaign_id uuid, name text, status text, business_status text, total bigint, allocated bigint, generated bigint,
    progress double precision, jobs_ready bigint, jobs_running bigint, jobs_waiting bigint, jobs_parked bigint, jobs_dead bigint,
    created_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.campaign_id, c.name, s.state, b.state, c.total, g.next_offset, g.generated, g.generated::double precision / c.total,
           j.ready, j.running, j.waiting, j.parked, j.dead, c.created_at
      FROM domainflow.campaign AS c
      JOIN domainflow.domain_generator AS g ON g.campaign_id = c.campaign_id
      JOIN domainflow.state_instance AS s ON s.machine = 'campaign_status' AND s.entity_id = c.campaign_id::text
      JOIN domainflow.state_instance AS b ON b.machine = 'campaign_business_status' AND b.entity_id = c.campaign_id::text
     CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE o.status = 'ready') AS ready, count(*) FILTER (WHERE o.status = 'running') AS running,
                   count(*) FILTER (WHERE o.status = 'waiting') AS waiting, count(*) FILTER (WHERE o.status = 'parked') AS parked,
                   count(*) FILTER (WHERE o.status = 'dead') AS dead
              FROM domainflow.job AS o
             WHERE o.queue = 'campaign'
               AND o.id = ANY (domainflow._open_jobs(c.campaign_id))) AS j
     WHERE c.campaign_id = p_campaign_id;
END
$$;

COMMENT ON FUNCTION domainflow.campaign_status IS
    'States, counts and jobs of one campaign';
REVOKE ALL ON FUNCTION domainflow.campaign_status FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.campaign_status TO domainflow_app, domainflow_reader;
