-- All campaigns, the newest first, without their jobs.
-- Proof: Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.list_campaigns()
RETURNS TABLE (
    campaign_id uuid, name text, status text, business_status text, total bigint, generated bigint, progress double precision,
    created_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.campaign_id, c.name, s.state, b.state, c.total, g.generated, g.generated::double precision / c.total, c.created_at
      FROM domainflow.campaign AS c
      JOIN domainflow.domain_generator AS g ON g.campaign_id = c.campaign_id
      JOIN domainflow.state_instance AS s ON s.machine = 'campaign_status' AND s.entity_id = c.campaign_id::text
      JOIN domainflow.state_instance AS b ON b.machine = 'campaign_business_status' AND b.entity_id = c.campaign_id::text
     ORDER BY c.created_at DESC, c.campaign_id;
END
$$;

COMMENT ON FUNCTION domainflow.list_campaigns IS
    'All campaigns, the newest first';
REVOKE ALL ON FUNCTION domainflow.list_campaigns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.list_campaigns TO domainflow_app, domainflow_reader;
