-- The job queue: queues, lanes and jobs, and the functions that workers call.
--
-- A lane is one (queue, priority). A job stands in its lane by pos, drawn from a sequence when it becomes ready, and has no pos
-- while it waits for run_at, is parked or dead. No index contains, or has a predicate on, a column that a claim or a heartbeat changes, so
-- both are HOT updates: no index entry is written, and with half of each page left free this also holds while a long transaction pins
-- the xmin horizon and nothing can be pruned.
--
-- Each lane has a low-water mark below which it expects no ready job, so that no claim walks the dead index entries of finished
-- jobs. Marks are sequences because those are not versioned: a mark kept in a row would leave a dead row per move, the very thing it
-- is there to avoid. A mark is a hint; jobs below it (their enqueuer committed late, or their claim rolled back) are found again by
-- the sweep, see functions/job/_sweep_queue.sql.

CREATE TYPE domainflow.job_status AS ENUM ('waiting', 'ready', 'running', 'parked', 'dead');
COMMENT ON TYPE domainflow.job_status IS
    'waiting: not before run_at; ready: in its lane; running: leased to a worker; parked: held back until unparked; dead: out of attempts';
CREATE SEQUENCE domainflow.job_seq;
COMMENT ON SEQUENCE domainflow.job_seq IS 'Job ids, and lane positions: both only need to be unique and rising';
CREATE SEQUENCE domainflow.job_token_seq;
COMMENT ON SEQUENCE domainflow.job_token_seq IS 'Fencing tokens, one per claim call. Not cached: a later claim must get a higher token';

CREATE TABLE domainflow.job_queue (
    queue         text        NOT NULL,
    max_attempts  integer     NOT NULL DEFAULT 5,
    backoff_base  interval    NOT NULL DEFAULT '1 second',
    backoff_cap   interval    NOT NULL DEFAULT '1 hour',
    keep_finished boolean     NOT NULL DEFAULT false,
    notify        boolean     NOT NULL DEFAULT false,
    paused        boolean     NOT NULL DEFAULT false,
    sweep_clock   regclass    NOT NULL,
    sweep_head    regclass    NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT job_queue_pkey PRIMARY KEY (queue),
    CONSTRAINT job_queue_name_check CHECK (
        queue OPERATOR(pg_catalog.<>) '' AND pg_catalog.length(queue) OPERATOR(pg_catalog.<=) 100),
    CONSTRAINT job_queue_max_attempts_check CHECK (max_attempts OPERATOR(pg_catalog.>=) 1),
    CONSTRAINT job_queue_backoff_check CHECK (
        backoff_base OPERATOR(pg_catalog.>) interval '0' AND backoff_cap OPERATOR(pg_catalog.>=) backoff_base)
);
COMMENT ON TABLE domainflow.job_queue IS 'Queues and their settings. A queue appears with its first job or by create_queue';
COMMENT ON COLUMN domainflow.job_queue.notify IS
    'Send NOTIFY domainflow_job once per enqueuing transaction. Off by default: NOTIFY takes an instance-wide lock at commit';
COMMENT ON COLUMN domainflow.job_queue.sweep_clock IS 'Sequence: microseconds since the epoch before which no claim needs to sweep';
COMMENT ON COLUMN domainflow.job_queue.sweep_head IS 'Sequence: last position handed out when the queue was last swept';

CREATE TABLE domainflow.job_lane (
    queue text NOT NULL, priority smallint NOT NULL, mark regclass NOT NULL, paused boolean NOT NULL,
    CONSTRAINT job_lane_pkey PRIMARY KEY (queue, priority),
    CONSTRAINT job_lane_queue_fkey FOREIGN KEY (queue) REFERENCES domainflow.job_queue (queue)
);
COMMENT ON TABLE domainflow.job_lane IS 'Lanes in use: one per queue and priority, created with the first job of that priority';
COMMENT ON COLUMN domainflow.job_lane.mark IS 'Sequence: low-water mark, a position below which no ready job is expected';
COMMENT ON COLUMN domainflow.job_lane.paused IS 'Copied from the queue: a claim then reads the lanes only';

-- Fixed-width columns first: a claim that walks over running jobs then finds status without decoding texts.
CREATE TABLE domainflow.job (
    id             bigint      NOT NULL,
    priority       smallint    NOT NULL,
    keep           boolean     NOT NULL,
    status         domainflow.job_status NOT NULL,
    attempt        integer     NOT NULL DEFAULT 0,
    max_attempts   integer     NOT NULL,
    run_at         timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    transaction_id xid8        NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    queue          text        NOT NULL,
    kind           text        NOT NULL,
    payload        jsonb       NOT NULL,
    pos            bigint,
    token          bigint,
    lease_until    timestamptz,
    worker         text,
    last_error     text,
    correlation_id text        DEFAULT CASE WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
        THEN pg_catalog.current_setting('domainflow.correlation_id', true) END,
    CONSTRAINT job_pkey PRIMARY KEY (queue, id)
) WITH (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE domainflow.job IS
    'Jobs that are not finished. Less than half of each page is filled, so that every job has room for its claim as a HOT update';
COMMENT ON COLUMN domainflow.job.pos IS 'Place in the lane; null while the job is not in it (waiting, parked, dead)';
COMMENT ON COLUMN domainflow.job.keep IS 'Copied from the queue when enqueued: the finished job goes to job_archive';
COMMENT ON COLUMN domainflow.job.token IS 'Fencing token of the latest claim';
COMMENT ON COLUMN domainflow.job.transaction_id IS 'Transaction that enqueued the job';
CREATE INDEX job_lane_idx ON domainflow.job (queue, priority, pos) WHERE pos IS NOT NULL;
COMMENT ON INDEX domainflow.job_lane_idx IS 'Serves claim_jobs: jobs of one lane above its mark, in order';
CREATE INDEX job_waiting_idx ON domainflow.job (queue, run_at) WHERE pos IS NULL;
COMMENT ON INDEX domainflow.job_waiting_idx IS 'Serves the sweep: waiting jobs of a queue that are due; parked and dead ones stand at infinity';

CREATE TABLE domainflow.job_archive (
    queue text NOT NULL, id bigint NOT NULL, finished_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), kind text NOT NULL,
    priority smallint NOT NULL, attempt integer NOT NULL, payload jsonb NOT NULL, result jsonb, worker text, created_at timestamptz NOT NULL,
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), correlation_id text
) PARTITION BY RANGE (finished_at);
COMMENT ON TABLE domainflow.job_archive IS 'Finished jobs of queues that keep them, with the transaction that finished them, in time partitions';
-- The key belongs to the partitions, as in entity_event.
CREATE TABLE domainflow.job_archive_default PARTITION OF domainflow.job_archive (
    CONSTRAINT job_archive_default_pkey PRIMARY KEY (queue, id, finished_at)
) DEFAULT;
COMMENT ON TABLE domainflow.job_archive_default IS 'Finished jobs for which no time partition exists yet';
COMMENT ON INDEX domainflow.job_archive_default_pkey IS 'Serves the lookup of one finished job';
CREATE TYPE domainflow.claimed_job AS (
    id bigint, kind text, payload jsonb, priority smallint, attempt integer, max_attempts integer, token bigint, lease_until timestamptz
);
COMMENT ON TYPE domainflow.claimed_job IS 'What a worker gets for a claimed job; token must be shown with every later call about it';

GRANT SELECT ON domainflow.job_queue, domainflow.job_lane TO domainflow_app, domainflow_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON domainflow.job TO domainflow_app;
GRANT SELECT ON domainflow.job, domainflow.job_archive TO domainflow_reader;
GRANT SELECT, INSERT ON domainflow.job_archive TO domainflow_app;
GRANT USAGE, SELECT ON SEQUENCE domainflow.job_seq, domainflow.job_token_seq TO domainflow_app;

--! include functions/job/_create_run_time_sequence.sql @0.1.0
--! include functions/job/create_queue.sql @0.1.0
--! include functions/job/_open_lane.sql @0.1.0
--! include functions/job/enqueue_job.sql @0.1.0
--! include functions/job/enqueue_jobs.sql @0.1.0
--! include functions/job/_rescue_jobs.sql @0.1.0
--! include functions/job/_sweep_queue.sql @0.1.0
--! include functions/job/claim_jobs.sql @0.1.0
--! include functions/job/heartbeat_jobs.sql @0.1.0
--! include functions/job/complete_job.sql @0.1.0
--! include functions/job/complete_jobs.sql @0.1.0
--! include functions/job/fail_job.sql @0.1.0
--! include functions/job/_lower_marks.sql @0.1.0
--! include functions/job/release_jobs.sql @0.1.0
--! include functions/job/rescue_jobs.sql @0.1.0
--! include functions/job/requeue_jobs.sql @0.1.0
--! include functions/job/cancel_jobs.sql @0.1.0
--! include functions/job/park_jobs.sql @0.1.0
--! include functions/job/unpark_jobs.sql @0.1.0
--! include functions/job/pause_queue.sql @0.1.0
--! include functions/job/queue_stats.sql @0.1.0
