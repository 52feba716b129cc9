-- The queue lives by time and not by idleness; marks and clocks become rows; only functions write its tables.
--
-- docs/design/job-queue.md has the reasons. Marks and clocks are rows of unlogged tables, appended and never updated: the newest row
-- counts. Whatever empties an unlogged table (a crash, a promotion, a restore) makes the queue look again from the start.
--! lock-timeout: 2s
--! allow: drop-in-expand the functions that read these columns are replaced in this step
--! allow: constraint-without-not-valid job_lane has one row for each lane
--! allow: index-without-concurrently unfinished jobs only, and the step holds the table anyway
--! allow: drop-create-function their arguments change; what calls them is replaced in this step
--! allow: definer-without-search-path hot functions in which every name, type and operator is qualified; Tests/SQL/job/rights.sql attacks them
--! config: domainflow.job_mark none
--! config: domainflow.job_sweep none
--! config: domainflow.job_start none

CREATE SEQUENCE domainflow.job_mark_seq;
COMMENT ON SEQUENCE domainflow.job_mark_seq IS 'Numbers of marks and sweeps: the row with the highest one counts';
ALTER SEQUENCE domainflow.job_token_seq MAXVALUE 35184372088831;
COMMENT ON SEQUENCE domainflow.job_token_seq IS
    'Sequence part of fencing tokens, one per claim call; see _next_token. Not cached: a later claim must get a higher token';

CREATE UNLOGGED TABLE domainflow.job_mark (
    spot     bigint   NOT NULL,
    n        bigint   NOT NULL,
    low      bigint   NOT NULL,
    queue    text     NOT NULL,
    kind     text     NOT NULL,
    priority smallint NOT NULL,
    CONSTRAINT job_mark_pkey PRIMARY KEY (spot, n)
);
COMMENT ON TABLE domainflow.job_mark IS
    'Low-water marks of lanes, appended and never updated. No row means: look from the start';
COMMENT ON COLUMN domainflow.job_mark.spot IS
    'Hash of queue, kind and priority: a claim compares it with every dead entry on an index page, so it must be cheap to compare';
COMMENT ON COLUMN domainflow.job_mark.kind IS 'Empty for the lane as a whole, else the kind whose jobs were claimed apart';
COMMENT ON COLUMN domainflow.job_mark.n IS 'The row with the highest number counts';
COMMENT ON COLUMN domainflow.job_mark.low IS 'Position below which no ready job is expected';
COMMENT ON INDEX domainflow.job_mark_pkey IS 'Serves claim_jobs: the newest mark of a lane';

CREATE UNLOGGED TABLE domainflow.job_sweep (
    spot      bigint           NOT NULL,
    n         bigint           NOT NULL,
    queue     text             NOT NULL,
    swept_at  timestamptz      NOT NULL,
    due_low   timestamptz      NOT NULL,
    more      boolean          NOT NULL,
    full_at   timestamptz,
    full_cost double precision NOT NULL,
    head      bigint           NOT NULL,
    CONSTRAINT job_sweep_pkey PRIMARY KEY (spot, n)
);
COMMENT ON TABLE domainflow.job_sweep IS
    'When a queue was last swept, appended and never updated. Only times that have passed are kept: one in the future proves that the clock was set back';
COMMENT ON COLUMN domainflow.job_sweep.spot IS 'Hash of the queue';
COMMENT ON COLUMN domainflow.job_sweep.n IS 'The row with the highest number counts';
COMMENT ON COLUMN domainflow.job_sweep.due_low IS 'Waiting jobs that were due before were promoted';
COMMENT ON COLUMN domainflow.job_sweep.more IS 'The sweep stopped at its limit: the next one is due at once';
COMMENT ON COLUMN domainflow.job_sweep.full_at IS 'When all lanes were last looked through';
COMMENT ON COLUMN domainflow.job_sweep.full_cost IS 'Seconds that this took';
COMMENT ON COLUMN domainflow.job_sweep.head IS 'Last position handed out when all lanes were last looked through';
COMMENT ON INDEX domainflow.job_sweep_pkey IS 'Serves claim_jobs: the newest sweep of a queue';

CREATE UNLOGGED TABLE domainflow.job_start (
    checked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT job_start_pkey PRIMARY KEY (checked_at)
);
COMMENT ON TABLE domainflow.job_start IS
    'Has a row when the sequences are known to be ahead of the rows: not after a crash, a promotion or a restore';
COMMENT ON INDEX domainflow.job_start_pkey IS 'Serves enqueue_job: whether there is a row';

-- The marks and clocks that were sequences.
DO $sequences$
DECLARE
    v_sequence pg_catalog.regclass;
BEGIN
    FOR v_sequence IN
        SELECT c.oid::pg_catalog.regclass
          FROM (SELECT q.sweep_clock FROM domainflow.job_queue AS q
                 UNION SELECT q.sweep_head FROM domainflow.job_queue AS q
                 UNION SELECT l.mark FROM domainflow.job_lane AS l) AS s (sequence)
          JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) s.sequence::pg_catalog.oid
          JOIN pg_catalog.pg_class AS q ON q.oid OPERATOR(pg_catalog.=) 'domainflow.job_queue'::pg_catalog.regclass
         WHERE c.relkind OPERATOR(pg_catalog.=) 'S'
           AND c.relowner OPERATOR(pg_catalog.=) q.relowner
           AND c.relnamespace OPERATOR(pg_catalog.=) q.relnamespace
    LOOP
        EXECUTE pg_catalog.format('DROP SEQUENCE %s', v_sequence);
    END LOOP;
END
$sequences$;

-- Nothing outside the functions below reads these columns.
-- squawk-ignore ban-drop-column
ALTER TABLE domainflow.job_queue DROP COLUMN sweep_clock, DROP COLUMN sweep_head;
COMMENT ON TABLE domainflow.job_queue IS 'Queues and their settings. create_queue makes them';

-- A lane may stand there more than once: two transactions that open it at the same moment do not wait for each other.
-- squawk-ignore ban-drop-column, ban-drop-constraint
ALTER TABLE domainflow.job_lane DROP CONSTRAINT job_lane_pkey, DROP COLUMN mark;
ALTER TABLE domainflow.job_lane ADD COLUMN opened bigint NOT NULL DEFAULT 0;
-- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid, ban-drop-default
ALTER TABLE domainflow.job_lane ADD CONSTRAINT job_lane_pkey PRIMARY KEY (queue, priority, opened), ALTER COLUMN opened DROP DEFAULT;
COMMENT ON TABLE domainflow.job_lane IS
    'Lanes in use: one per queue and priority, created with the first job of that priority. Duplicates mean nothing';
COMMENT ON COLUMN domainflow.job_lane.opened IS 'Keeps apart the rows of those who opened the lane at the same moment';

COMMENT ON COLUMN domainflow.job.pos IS 'Place in the lane; null while the job is not in it (waiting, parked, dead)';
ALTER TABLE domainflow.job ALTER COLUMN correlation_id SET DEFAULT CASE
    WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
    THEN pg_catalog.left(pg_catalog.current_setting('domainflow.correlation_id', true), 200) END;
ALTER TABLE domainflow.job ADD COLUMN due_at timestamptz;
COMMENT ON COLUMN domainflow.job.due_at IS 'Of a parked job that was waiting: the run_at to which unpark_jobs sets it back';
-- The step holds the table anyway.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX job_kind_idx ON domainflow.job (queue, kind, priority, pos) WHERE pos IS NOT NULL;
COMMENT ON INDEX domainflow.job_kind_idx IS 'Serves claim_jobs by kind: jobs of one kind in a lane above its mark, in order';

ALTER TYPE domainflow.claimed_job ADD ATTRIBUTE correlation_id text;
ALTER TYPE domainflow.claimed_job ADD ATTRIBUTE run_at timestamptz;
ALTER TYPE domainflow.claimed_job ADD ATTRIBUTE last_error text;

-- Jobs of campaigns are told apart by their kind.
UPDATE domainflow.job AS j
   SET kind = 'generate_domains:' OPERATOR(pg_catalog.||) (j.payload OPERATOR(pg_catalog.->>) 'campaign_id')
 WHERE j.queue OPERATOR(pg_catalog.=) 'campaign'
   AND j.kind OPERATOR(pg_catalog.=) 'generate_domains'
   AND (j.payload OPERATOR(pg_catalog.->>) 'campaign_id') IS NOT NULL;

-- Only the functions write.
REVOKE INSERT, UPDATE, DELETE ON domainflow.job, domainflow.job_archive FROM domainflow_app;
REVOKE ALL ON SEQUENCE domainflow.job_seq, domainflow.job_token_seq FROM domainflow_app;
REVOKE INSERT, UPDATE, DELETE ON domainflow.campaign, domainflow.generated_domain, domainflow.domain_generator, domainflow.domain_range
    FROM domainflow_app;
REVOKE EXECUTE ON FUNCTION
    domainflow._lock_free_jobs(text, bigint[], domainflow.job_status[], bigint),
    domainflow._lower_marks(text, bigint[]),
    domainflow._rescue_jobs(text, bigint[]),
    domainflow._complete_campaign(uuid, text),
    domainflow._feed_campaign(uuid, integer),
    domainflow._move_campaign(uuid, text, text, text),
    domainflow._put_back_campaign_job(uuid, bigint, bigint)
    FROM domainflow_app;

-- Their arguments change.
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow.enqueue_job(text, text, jsonb, smallint, timestamptz, integer);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow.enqueue_jobs(text, text[], jsonb[], smallint[], timestamptz[]);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._open_lane(text, smallint);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._sweep_queue(text, boolean);
-- Internal: nothing makes sequences at run time any more.
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._create_run_time_sequence(text, text);

--! include functions/job/_next_token.sql @0.4.0
--! include functions/job/_spot.sql @0.4.0
--! include functions/job/_set_mark.sql @0.4.0
--! include functions/job/_move_marks.sql @0.4.0
--! include functions/job/_check_sequences.sql @0.4.0
--! include functions/job/_refuse_job.sql @0.4.0
--! include functions/job/_refuse_ids.sql @0.4.0
--! include functions/job/_refuse_unknown_queue.sql @0.4.0
--! include functions/job/create_queue.sql @0.4.0
--! include functions/job/drop_queue.sql @0.4.0
--! include functions/job/_open_lane.sql @0.4.0
--! include functions/job/enqueue_job.sql @0.4.0
--! include functions/job/enqueue_jobs.sql @0.4.0
--! include functions/job/_rescue_jobs.sql @0.4.0
--! include functions/job/_restore_marks.sql @0.4.0
--! include functions/job/_sweep_queue.sql @0.4.0
--! include functions/job/_claim_batch.sql @0.4.0
--! include functions/job/_claim_kinds.sql @0.4.0
--! include functions/job/claim_jobs.sql @0.4.0
--! include functions/job/heartbeat_jobs.sql @0.4.0
--! include functions/job/complete_job.sql @0.4.0
--! include functions/job/complete_jobs.sql @0.4.0
--! include functions/job/fail_job.sql @0.4.0
--! include functions/job/_lower_marks.sql @0.4.0
--! include functions/job/release_jobs.sql @0.4.0
--! include functions/job/rescue_jobs.sql @0.4.0
--! include functions/job/requeue_jobs.sql @0.4.0
--! include functions/job/_lock_free_jobs.sql @0.4.0
--! include functions/job/cancel_jobs.sql @0.4.0
--! include functions/job/park_jobs.sql @0.4.0
--! include functions/job/unpark_jobs.sql @0.4.0
--! include functions/job/pause_queue.sql @0.4.0
--! include functions/job/list_dead_jobs.sql @0.4.0

--! include functions/campaign/_refuse_pattern.sql @0.4.0
--! include functions/campaign/create_campaign.sql @0.4.0
--! include functions/campaign/allocate_domain_range.sql @0.4.0
--! include functions/campaign/_feed_campaign.sql @0.4.0
--! include functions/campaign/_move_campaign.sql @0.4.0
--! include functions/campaign/_complete_campaign.sql @0.4.0
--! include functions/campaign/start_campaign.sql @0.4.0
--! include functions/campaign/pause_campaign.sql @0.4.0
--! include functions/campaign/resume_campaign.sql @0.4.0
--! include functions/campaign/cancel_campaign.sql @0.4.0
--! include functions/campaign/fail_campaign.sql @0.4.0
--! include functions/campaign/archive_campaign.sql @0.4.0
--! include functions/campaign/_refuse_campaign_job.sql @0.4.0
--! include functions/campaign/_put_back_campaign_job.sql @0.4.0
--! include functions/campaign/claim_campaign_jobs.sql @0.4.0
--! include functions/campaign/process_campaign_job.sql @0.4.0
--! include functions/campaign/fail_campaign_job.sql @0.4.0
--! include functions/campaign/fail_stranded_campaigns.sql @0.4.0

--! include functions/job/_maintain_queues.sql @0.4.0
--! include functions/job/_maintain_marks.sql @0.4.0
--! include functions/meta/maintain.sql @0.4.0

--! include install/hand_over.sql @0.4.0
