-- Archives a campaign that has ended. Refusals are answers, as with transition_state.
-- Above READ COMMITTED it fails with 40001 when the campaign was moved or worked on since the transaction's snapshot.
-- Proof: Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.archive_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN domainflow._move_campaign(p_campaign_id, 'archived', p_actor, p_reason);
END
$$;

COMMENT ON FUNCTION domainflow.archive_campaign IS
    'Archives a campaign that has ended';
REVOKE ALL ON FUNCTION domainflow.archive_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.archive_campaign TO domainflow_app;
