-- Completes a campaign when its last name is generated; returns its status. The caller holds its generator: one caller sees the last name.
CREATE OR REPLACE FUNCTION domainflow._complete_campaign(p_campaign_id uuid, p_actor text)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_status text;
    v_all    boolean;
BEGIN
    SELECT i.state, g.generated = g.total INTO v_status, v_all
      FROM domainflow.domain_generator AS g
      JOIN domainflow.state_instance AS i ON i.machine = 'campaign_status' AND i.entity_id = p_campaign_id::text
     WHERE g.campaign_id = p_campaign_id;
    IF v_status = 'running' AND v_all THEN
        PERFORM domainflow._move_campaign(p_campaign_id, 'completed', p_actor, 'all names generated');
        RETURN 'completed';
    END IF;
    RETURN v_status;
END
$$;

COMMENT ON FUNCTION domainflow._complete_campaign IS
    'Completes a running campaign whose names are all generated';
REVOKE ALL ON FUNCTION domainflow._complete_campaign FROM PUBLIC;
