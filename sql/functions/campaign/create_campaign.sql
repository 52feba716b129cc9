-- Creates a campaign: its row, its generator and both its states (draft, new), all or nothing. Returns the row.
--
-- DF201 to DF204 say what is wrong with the pattern (see check_domain_pattern), DF302 that the id is taken.
-- Of two callers with one id the second waits for the first; above READ COMMITTED it fails with 40001 in place of DF302.
-- Proof: Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.create_campaign(
    p_campaign_id uuid,
    p_name        text,
    p_pattern     jsonb,
    p_batch_size  integer DEFAULT 1000,
    p_user_id     text    DEFAULT NULL
)
RETURNS domainflow.campaign
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_campaign domainflow.campaign;
BEGIN
    IF p_campaign_id IS NULL OR p_name IS NULL OR p_pattern IS NULL OR p_batch_size IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'campaign id, name, pattern and batch size must not be null',
            DETAIL = format('campaign: %s, name: %s, pattern: %s, batch size: %s', COALESCE(p_campaign_id::text, 'null'),
                            COALESCE(domainflow._shown(p_name), 'null'), CASE WHEN p_pattern IS NULL THEN 'null' ELSE 'given' END,
                            COALESCE(p_batch_size::text, 'null')),
            HINT = 'Get an id by gen_random_uuid().';
    END IF;
    IF length(p_name) NOT BETWEEN 1 AND 200 OR p_batch_size NOT BETWEEN 1 AND 100000 OR length(p_user_id) > 200
       OR pg_column_size(p_pattern #> '{}') > 65536 THEN  -- as it is uncompressed
        RAISE EXCEPTION USING ERRCODE = 'DF204',
            MESSAGE = 'a campaign has a name and a user of at most 200 characters, a pattern of at most 64 KiB, a batch size of 1 to 100000',
            DETAIL = format('name: %s, user: %s characters, pattern: %s bytes, batch size: %s', domainflow._shown(p_name),
                            COALESCE(length(p_user_id), 0), pg_column_size(p_pattern #> '{}'), p_batch_size),
            HINT = 'A batch of 1000 takes some ten milliseconds.';
    END IF;
    INSERT INTO domainflow.campaign AS c (campaign_id, name, pattern, total, batch_size, user_id, correlation_id)
    VALUES (p_campaign_id, p_name, p_pattern, domainflow.check_domain_pattern(p_pattern), p_batch_size, p_user_id,
            left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200))
    ON CONFLICT ON CONSTRAINT campaign_pkey DO NOTHING
    RETURNING c.* INTO v_campaign;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF302', MESSAGE = 'a campaign with this id exists',
            DETAIL = format('campaign: %s', p_campaign_id), HINT = 'Look at it with campaign_status, or take another id.';
    END IF;
    INSERT INTO domainflow.domain_generator (campaign_id, total) VALUES (p_campaign_id, v_campaign.total);
    PERFORM domainflow.create_state_instance('campaign_status', p_campaign_id::text, p_user_id);
    PERFORM domainflow.create_state_instance('campaign_business_status', p_campaign_id::text, p_user_id);
    RETURN v_campaign;
END
$$;

COMMENT ON FUNCTION domainflow.create_campaign IS
    'Creates a campaign with its generator and states, all or nothing';
REVOKE ALL ON FUNCTION domainflow.create_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_campaign TO domainflow_app;
