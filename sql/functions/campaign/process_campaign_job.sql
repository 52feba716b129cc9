-- Does the work of one claimed job of the queue 'campaign' in one transaction: generates its range of names, records the decision, the
-- statement and the metric, completes the job, makes the job of the next range, and completes the campaign with its last name.
--
-- Outcomes: done; parked, when the campaign is paused (no attempt is burnt); dropped, when it has ended; stale, when p_token is no
-- longer the job's (then nothing is written). DF704 when the job is lost on the way, DF201 when it is no job of this campaign: both undo everything.
-- Called by a worker right after its claim committed. Above READ COMMITTED it fails with 40001 when the job or the campaign was changed
-- since the transaction's snapshot.
-- Proof: Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.process_campaign_job(p_campaign_id uuid, p_job_id bigint, p_token bigint, p_worker text)
RETURNS domainflow.campaign_job_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_statement CONSTANT text := 'INSERT INTO domainflow.generated_domain SELECT * FROM domainflow.generate_domains($1, $2, $3)';
    v_started     timestamptz := clock_timestamp();
    v_before      timestamptz;
    v_correlation text := left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200);
    v_campaign    record;
    v_range       record;
    v_result      domainflow.campaign_job_result;
BEGIN
    PERFORM domainflow._refuse_campaign_job(p_campaign_id, p_job_id, p_token, p_worker);
    -- Locked: while this transaction lives, nobody takes the job back and begins the same range.
    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = 'campaign' AND j.id = p_job_id AND j.token = p_token AND j.status = 'running'
        FOR UPDATE;
    IF NOT FOUND THEN
        v_result.outcome := 'stale';
        RETURN v_result;
    END IF;
    SELECT r.range_start, r.range_end INTO v_range
      FROM domainflow.domain_range AS r
     WHERE r.campaign_id = p_campaign_id AND r.job_id = p_job_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'the job is not of this campaign',
            DETAIL = format('campaign: %s, job: %s', p_campaign_id, p_job_id), HINT = 'The job''s payload names its campaign.';
    END IF;
    SELECT c.pattern, c.user_id, i.state, i.version INTO v_campaign
      FROM domainflow.campaign AS c
      JOIN domainflow.state_instance AS i ON i.machine = 'campaign_status' AND i.entity_id = p_campaign_id::text
     WHERE c.campaign_id = p_campaign_id;
    IF v_campaign.state <> 'running' THEN
        RETURN domainflow._put_back_campaign_job(p_campaign_id, p_job_id, p_token);
    END IF;

    PERFORM domainflow.log_authorization_decision(
        COALESCE(v_campaign.user_id, p_worker), 'campaign', p_campaign_id::text, 'generate', 'allow', ARRAY['campaign.worker'],
        jsonb_build_object('status', v_campaign.state, 'version', v_campaign.version,
                           'range_start', v_range.range_start, 'range_end', v_range.range_end),
        jsonb_build_object('worker', p_worker, 'job', p_job_id),
        extract(epoch FROM clock_timestamp() - v_started)::double precision * 1000);

    v_before := clock_timestamp();
    INSERT INTO domainflow.generated_domain (campaign_id, domain_offset, name, correlation_id)
    SELECT p_campaign_id, d.domain_offset, d.name, v_correlation
      FROM domainflow.generate_domains(v_campaign.pattern, v_range.range_start, v_range.range_end - v_range.range_start) AS d;
    GET DIAGNOSTICS v_result.generated = ROW_COUNT;
    PERFORM domainflow.record_query_performance(
        c_statement, extract(epoch FROM clock_timestamp() - v_before)::double precision * 1000, v_result.generated,
        'process_campaign_job', p_campaign_id);
    UPDATE domainflow.domain_range AS r
       SET generated_at = v_before, worker = p_worker, transaction_id = pg_current_xact_id()
     WHERE r.campaign_id = p_campaign_id AND r.range_start = v_range.range_start;
    IF NOT domainflow.complete_job('campaign', p_job_id, p_token) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF704', MESSAGE = 'the lease of the job was lost while it was processed',
            DETAIL = format('campaign: %s, job: %s, token: %s', p_campaign_id, p_job_id, p_token),
            HINT = 'Nothing was kept; another worker has the job. Send heartbeats, or claim with a longer lease.';
    END IF;
    PERFORM domainflow.record_transaction_metric(
        'process_campaign_job', p_campaign_id, extract(epoch FROM clock_timestamp() - v_started)::double precision * 1000, true,
        NULL, 0, current_setting('transaction_isolation'));

    -- The row that all workers of the campaign share comes last.
    UPDATE domainflow.domain_generator AS g
       SET generated = g.generated + v_result.generated
     WHERE g.campaign_id = p_campaign_id;
    v_result.campaign_status := domainflow._complete_campaign(p_campaign_id, p_worker);
    IF v_result.campaign_status = 'running' THEN
        v_result.next_job_id := domainflow._feed_campaign(p_campaign_id, 1);
    END IF;
    v_result.outcome := 'done';
    v_result.range_start := v_range.range_start;
    v_result.range_end := v_range.range_end;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.process_campaign_job IS
    'Does the work of one claimed campaign job in one transaction';
REVOKE ALL ON FUNCTION domainflow.process_campaign_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.process_campaign_job TO domainflow_app;
