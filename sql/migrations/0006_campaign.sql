-- Campaigns: domain names generated from a pattern by many workers, each name exactly once and in order.
--
-- The names of a pattern are numbered from 0 (generate_domains says in which order). domain_generator hands the numbers out as
-- ranges; each range is one job of the queue 'campaign'. The row of domain_generator is the only one that all workers of a campaign
-- write, so process_campaign_job touches it last: it is locked for the end of a transaction only. It also serialises pausing,
-- resuming and cancelling with the workers.

CREATE TABLE domainflow.campaign (
    campaign_id    uuid        NOT NULL,
    name           text        NOT NULL,
    pattern        jsonb       NOT NULL,
    total          bigint      NOT NULL,
    batch_size     integer     NOT NULL,
    user_id        text,
    created_at     timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8        NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    CONSTRAINT campaign_pkey PRIMARY KEY (campaign_id),
    CONSTRAINT campaign_name_check CHECK (name OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT campaign_total_check CHECK (total OPERATOR(pg_catalog.>=) 1),
    CONSTRAINT campaign_batch_size_check CHECK (batch_size OPERATOR(pg_catalog.>=) 1)
);
COMMENT ON TABLE domainflow.campaign IS
    'Campaigns. Their states are kept by the machines campaign_status and campaign_business_status under the id as text';
COMMENT ON COLUMN domainflow.campaign.total IS 'Number of names: those of the pattern, or its limit when that is less';
COMMENT ON COLUMN domainflow.campaign.batch_size IS 'Names per job';

CREATE TABLE domainflow.domain_generator (
    campaign_id uuid   NOT NULL,
    total       bigint NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    generated   bigint NOT NULL DEFAULT 0,
    job_window  integer NOT NULL DEFAULT 64,
    CONSTRAINT domain_generator_pkey PRIMARY KEY (campaign_id),
    CONSTRAINT domain_generator_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES domainflow.campaign (campaign_id),
    CONSTRAINT domain_generator_order_check CHECK (
        0 OPERATOR(pg_catalog.<=) generated AND generated OPERATOR(pg_catalog.<=) next_offset AND next_offset OPERATOR(pg_catalog.<=) total)
) WITH (fillfactor = 20);
COMMENT ON TABLE domainflow.domain_generator IS 'How far the numbers of a campaign are handed out and worked off';
COMMENT ON COLUMN domainflow.domain_generator.job_window IS 'Ranges that are handed out and not generated yet, at most';
COMMENT ON COLUMN domainflow.domain_generator.next_offset IS 'First number not handed out yet';

-- No exclusion constraint is needed, which would ask for btree_gist: every start is 0 or the end of another range, no two ranges
-- share a start or an end, and ends are above starts. So the ranges of a campaign form one chain, without gap or overlap.
CREATE TABLE domainflow.domain_range (
    campaign_id    uuid        NOT NULL,
    range_start    bigint      NOT NULL,
    range_end      bigint      NOT NULL,
    previous_end   bigint      GENERATED ALWAYS AS (CASE WHEN range_start OPERATOR(pg_catalog.<>) 0 THEN range_start END) STORED,
    job_id         bigint,
    allocated_at   timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    allocated_by   xid8        NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    generated_at   timestamptz,
    worker         text,
    transaction_id xid8,
    correlation_id text,
    CONSTRAINT domain_range_pkey PRIMARY KEY (campaign_id, range_start),
    CONSTRAINT domain_range_end_key UNIQUE (campaign_id, range_end),
    CONSTRAINT domain_range_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES domainflow.campaign (campaign_id),
    CONSTRAINT domain_range_chain_fkey FOREIGN KEY (campaign_id, previous_end)
        REFERENCES domainflow.domain_range (campaign_id, range_end),
    CONSTRAINT domain_range_order_check CHECK (
        0 OPERATOR(pg_catalog.<=) range_start AND range_start OPERATOR(pg_catalog.<) range_end)
) WITH (fillfactor = 70);
COMMENT ON TABLE domainflow.domain_range IS 'Ranges [range_start, range_end) of numbers, each handed out once, with the job that generates it';
COMMENT ON COLUMN domainflow.domain_range.allocated_by IS 'Transaction that handed the range out';
COMMENT ON COLUMN domainflow.domain_range.transaction_id IS 'Transaction that generated the names; null until then';
CREATE INDEX domain_range_job_idx ON domainflow.domain_range (campaign_id, job_id);
COMMENT ON INDEX domainflow.domain_range_job_idx IS 'Serves process_campaign_job: the range of a job';

CREATE TABLE domainflow.generated_domain (
    campaign_id    uuid   NOT NULL,
    domain_offset  bigint NOT NULL,
    name           text   NOT NULL,
    transaction_id xid8   NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    CONSTRAINT generated_domain_pkey PRIMARY KEY (campaign_id, domain_offset),
    CONSTRAINT generated_domain_name_key UNIQUE (campaign_id, name)
);
COMMENT ON TABLE domainflow.generated_domain IS 'Generated names by their number';
COMMENT ON COLUMN domainflow.generated_domain.transaction_id IS 'Transaction that generated the name: joins domain_range, metrics and decisions';

CREATE TYPE domainflow.campaign_job_result AS (
    outcome text, range_start bigint, range_end bigint, generated bigint, next_job_id bigint, campaign_status text
);
COMMENT ON TYPE domainflow.campaign_job_result IS
    'outcome is done, parked (the campaign is paused), dropped (it has ended) or stale (the job is no longer this worker''s)';

SELECT domainflow.define_state_machine('campaign_status', pg_catalog.jsonb_build_object('initial', 'draft',
    'states', '{"draft": {}, "queued": {}, "running": {}, "paused": {}, "completed": {}, "failed": {}, "cancelled": {},
                "archived": {"terminal": true}}'::pg_catalog.jsonb,
    'transitions', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('from', t.source, 'to', t.target)) FROM (VALUES
        ('draft', 'queued'), ('draft', 'cancelled'), ('queued', 'running'), ('queued', 'cancelled'), ('running', 'paused'),
        ('running', 'completed'), ('running', 'failed'), ('running', 'cancelled'), ('paused', 'running'), ('paused', 'failed'),
        ('paused', 'cancelled'), ('completed', 'archived'), ('failed', 'archived'), ('cancelled', 'archived')) AS t(source, target))), true);
SELECT domainflow.define_state_machine('campaign_business_status', pg_catalog.jsonb_build_object('initial', 'new',
    'states', '{"new": {}, "generating": {}, "generated": {}, "validating": {}, "validated": {"terminal": true}, "abandoned": {"terminal": true}}'::pg_catalog.jsonb,
    'transitions', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('from', t.source, 'to', t.target)) FROM (VALUES
        ('new', 'generating'), ('new', 'abandoned'), ('generating', 'generated'), ('generating', 'abandoned'), ('generated', 'validating'),
        ('validating', 'validated'), ('validating', 'abandoned')) AS t(source, target))), true);

GRANT SELECT, INSERT ON domainflow.campaign, domainflow.generated_domain TO domainflow_app;
GRANT SELECT, INSERT, UPDATE ON domainflow.domain_generator, domainflow.domain_range TO domainflow_app;
GRANT SELECT ON domainflow.campaign, domainflow.domain_generator, domainflow.domain_range, domainflow.generated_domain
    TO domainflow_reader, domainflow_owner;

--! include functions/campaign/_refuse_pattern.sql @0.1.0
--! include functions/campaign/check_domain_pattern.sql @0.1.0
--! include functions/campaign/generate_domains.sql @0.1.0
--! include functions/campaign/create_campaign.sql @0.1.0
--! include functions/campaign/allocate_domain_range.sql @0.1.0
--! include functions/campaign/_feed_campaign.sql @0.1.0
--! include functions/campaign/_open_jobs.sql @0.1.0
--! include functions/campaign/_move_campaign.sql @0.1.0
--! include functions/campaign/_complete_campaign.sql @0.1.0
--! include functions/campaign/start_campaign.sql @0.1.0
--! include functions/campaign/pause_campaign.sql @0.1.0
--! include functions/campaign/resume_campaign.sql @0.1.0
--! include functions/campaign/cancel_campaign.sql @0.1.0
--! include functions/campaign/fail_campaign.sql @0.1.0
--! include functions/campaign/archive_campaign.sql @0.1.0
--! include functions/campaign/_put_back_campaign_job.sql @0.1.0
--! include functions/campaign/process_campaign_job.sql @0.1.0
--! include functions/campaign/fail_campaign_job.sql @0.1.0
--! include functions/campaign/fail_stranded_campaigns.sql @0.1.0
--! include functions/campaign/campaign_status.sql @0.1.0
--! include functions/campaign/list_campaigns.sql @0.1.0
--! include functions/campaign/campaign_trail.sql @0.1.0
--! include functions/campaign/campaign_invariants.sql @0.1.0
