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

--! begin include functions/job/_create_run_time_sequence.sql
-- Creates one of the queue's sequences (lane marks, sweep clocks) while the queue is in use.
--
-- Its comment begins with 'run-time: ', by which catalog_fingerprint() knows that no migration step made it.
CREATE OR REPLACE FUNCTION domainflow._create_run_time_sequence(p_name text, p_purpose text)
RETURNS regclass
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name text := pg_catalog.format('domainflow.%I', p_name);
BEGIN
    EXECUTE 'CREATE SEQUENCE ' || v_name || ' MINVALUE 0 START 0';
    EXECUTE pg_catalog.format('COMMENT ON SEQUENCE %s IS %L', v_name, 'run-time: ' || p_purpose);
    EXECUTE 'GRANT USAGE, SELECT, UPDATE ON SEQUENCE ' || v_name || ' TO domainflow_app';
    PERFORM pg_catalog.setval(v_name::regclass, 0);
    RETURN v_name::regclass;
END
$$;

COMMENT ON FUNCTION domainflow._create_run_time_sequence IS
    'Creates a sequence that queues keep a mark or a clock in';
REVOKE ALL ON FUNCTION domainflow._create_run_time_sequence FROM PUBLIC;
--! end include functions/job/_create_run_time_sequence.sql
--! begin include functions/job/create_queue.sql
-- Creates a queue, or changes the settings of an existing one. Returns whether it was created.
--
-- A setting that is not given keeps its value (or gets the default of job_queue). Jobs enqueued before a change of p_max_attempts or
-- p_keep_finished keep what they were enqueued with. Runs as its owner because it creates the queue's two sweep sequences.
CREATE OR REPLACE FUNCTION domainflow.create_queue(
    p_queue         text,
    p_max_attempts  integer  DEFAULT NULL,
    p_backoff_base  interval DEFAULT NULL,
    p_backoff_cap   interval DEFAULT NULL,
    p_keep_finished boolean  DEFAULT NULL,
    p_notify        boolean  DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_number  bigint;
    v_created boolean := false;
BEGIN
    IF p_queue IS NULL OR p_queue = '' OR pg_catalog.length(p_queue) > 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'a queue needs a name of 1 to 100 characters',
            DETAIL = pg_catalog.format('queue: %L', p_queue), HINT = 'Pass a short name such as ''mail''.';
    END IF;
    IF p_max_attempts < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'max_attempts must be at least 1',
            DETAIL = pg_catalog.format('max_attempts: %s', p_max_attempts), HINT = 'Pass 1 for a job that is never retried.';
    END IF;
    IF p_backoff_base <= interval '0' OR p_backoff_cap < COALESCE(p_backoff_base, interval '0') OR p_backoff_cap <= interval '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the backoff must be positive, and its cap not below its base',
            DETAIL = pg_catalog.format('base: %s, cap: %s', p_backoff_base, p_backoff_cap), HINT = 'Try ''1 second'' and ''1 hour''.';
    END IF;

    IF NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        v_number := pg_catalog.nextval('domainflow.job_seq');
        INSERT INTO domainflow.job_queue AS q (queue, sweep_clock, sweep_head)
        VALUES (p_queue,
                domainflow._create_run_time_sequence('job_sweep_clock_' || v_number, 'when a queue is swept next'),
                domainflow._create_run_time_sequence('job_sweep_head_' || v_number, 'last position when a queue was last swept'))
        ON CONFLICT ON CONSTRAINT job_queue_pkey DO NOTHING;
        v_created := FOUND;
        IF NOT v_created THEN
            -- Another session created the queue at the same moment; its sequences count.
            EXECUTE pg_catalog.format('DROP SEQUENCE domainflow.%I, domainflow.%I',
                'job_sweep_clock_' || v_number, 'job_sweep_head_' || v_number);
        END IF;
    END IF;

    UPDATE domainflow.job_queue AS q
       SET max_attempts  = COALESCE(p_max_attempts, q.max_attempts),
           backoff_base  = COALESCE(p_backoff_base, q.backoff_base),
           backoff_cap   = COALESCE(p_backoff_cap, GREATEST(q.backoff_cap, p_backoff_base)),
           keep_finished = COALESCE(p_keep_finished, q.keep_finished),
           notify        = COALESCE(p_notify, q.notify)
     WHERE q.queue = p_queue
       AND pg_catalog.num_nonnulls(p_max_attempts, p_backoff_base, p_backoff_cap, p_keep_finished, p_notify) > 0;
    RETURN v_created;
END
$$;

COMMENT ON FUNCTION domainflow.create_queue IS
    'Creates a queue or changes its settings; true when it was created';
REVOKE ALL ON FUNCTION domainflow.create_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_queue TO domainflow_app;
--! end include functions/job/create_queue.sql
--! begin include functions/job/_open_lane.sql
-- Makes sure that a queue has a lane for a priority, and creates queue and lane when they are new.
--
-- Runs as its owner because it creates the lane's mark. Two sessions may open the same lane at once: the second waits
-- for the first and uses its lane.
CREATE OR REPLACE FUNCTION domainflow._open_lane(p_queue text, p_priority smallint)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_mark   text := 'job_mark_' || pg_catalog.nextval('domainflow.job_seq');
    v_paused boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        PERFORM domainflow.create_queue(p_queue);
    END IF;
    -- FOR SHARE, so that the new lane cannot miss a pause_queue of this moment.
    SELECT q.paused INTO v_paused FROM domainflow.job_queue AS q WHERE q.queue = p_queue FOR SHARE;
    INSERT INTO domainflow.job_lane (queue, priority, mark, paused)
    VALUES (p_queue, p_priority, domainflow._create_run_time_sequence(v_mark, 'low-water mark of a lane'), v_paused)
    ON CONFLICT ON CONSTRAINT job_lane_pkey DO NOTHING;
    IF NOT FOUND THEN
        EXECUTE pg_catalog.format('DROP SEQUENCE domainflow.%I', v_mark);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._open_lane IS
    'Creates the lane of a queue and priority when it is new';
REVOKE ALL ON FUNCTION domainflow._open_lane FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._open_lane TO domainflow_app;
--! end include functions/job/_open_lane.sql
--! begin include functions/job/enqueue_job.sql
-- Adds one job to a queue and returns its id. The job exists when the caller's transaction commits, or never.
--
-- A queue or priority used for the first time is created on the way. A job with p_run_at in the future waits outside its lane and
-- enters it when it is due.
CREATE OR REPLACE FUNCTION domainflow.enqueue_job(
    p_queue        text,
    p_kind         text,
    p_payload      jsonb       DEFAULT '{}',
    p_priority     smallint    DEFAULT 0,
    p_run_at       timestamptz DEFAULT NULL,
    p_max_attempts integer     DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_now    timestamptz := pg_catalog.clock_timestamp();
    v_run_at timestamptz := COALESCE(p_run_at, v_now);
    v_id     bigint;
    v_keep   boolean;
    v_notify boolean;
    v_tries  integer;
BEGIN
    IF p_queue IS NULL OR p_kind IS NULL OR p_payload IS NULL OR p_priority IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, kind, payload and priority must not be null',
            DETAIL = pg_catalog.format('queue: %L, kind: %L, payload: %L, priority: %L', p_queue, p_kind, p_payload, p_priority),
            HINT = 'Leave out an argument to get its default.';
    END IF;
    IF p_max_attempts OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'max_attempts must be at least 1',
            DETAIL = pg_catalog.format('max_attempts: %s', p_max_attempts), HINT = 'Pass 1 for a job that is never retried.';
    END IF;
    LOOP
        SELECT q.keep_finished, q.notify, q.max_attempts
          INTO v_keep, v_notify, v_tries
          FROM domainflow.job_lane AS l
          JOIN domainflow.job_queue AS q ON q.queue OPERATOR(pg_catalog.=) l.queue
         WHERE l.queue OPERATOR(pg_catalog.=) p_queue
           AND l.priority OPERATOR(pg_catalog.=) p_priority;
        EXIT WHEN FOUND;
        PERFORM domainflow._open_lane(p_queue, p_priority);
    END LOOP;

    v_id := pg_catalog.nextval('domainflow.job_seq');
    INSERT INTO domainflow.job (queue, id, pos, status, run_at, created_at, priority, kind, payload, max_attempts, keep)
    VALUES (p_queue, v_id, CASE WHEN v_run_at OPERATOR(pg_catalog.<=) v_now THEN v_id END,
            CASE WHEN v_run_at OPERATOR(pg_catalog.<=) v_now THEN 'ready' ELSE 'waiting' END::domainflow.job_status,
            v_run_at, v_now, p_priority, p_kind, p_payload, COALESCE(p_max_attempts, v_tries), v_keep);
    IF v_notify THEN
        PERFORM pg_catalog.pg_notify('domainflow_job', p_queue);
    END IF;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION domainflow.enqueue_job IS
    'Adds one job to a queue and returns its id';
REVOKE ALL ON FUNCTION domainflow.enqueue_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.enqueue_job TO domainflow_app;
--! end include functions/job/enqueue_job.sql
--! begin include functions/job/enqueue_jobs.sql
-- Adds jobs to a queue: element i of each array describes job i. Returns their ids in input order.
--
-- All of them or none. p_priorities and p_run_at may be null (0, now) or have nulls for the same.
CREATE OR REPLACE FUNCTION domainflow.enqueue_jobs(
    p_queue      text,
    p_kinds      text[],
    p_payloads   jsonb[],
    p_priorities smallint[]    DEFAULT NULL,
    p_run_at     timestamptz[] DEFAULT NULL
)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now      timestamptz := clock_timestamp();
    v_count    integer := cardinality(p_kinds);
    v_priority smallint;
    v_notify   boolean;
BEGIN
    IF p_queue IS NULL OR p_kinds IS NULL OR p_payloads IS NULL OR array_position(p_kinds, NULL) IS NOT NULL
       OR array_position(p_payloads, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, kinds and payloads must not be null or contain nulls',
            DETAIL = format('queue: %L, kinds: %s, payloads: %s', p_queue, cardinality(p_kinds), cardinality(p_payloads)),
            HINT = 'Pass an empty object as the payload of a job without one.';
    END IF;
    IF v_count <> cardinality(p_payloads) OR v_count <> cardinality(p_priorities) OR v_count <> cardinality(p_run_at) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'the arrays must have the same length',
            DETAIL = format('kinds: %s, payloads: %s, priorities: %s, run_at: %s',
                            v_count, cardinality(p_payloads), cardinality(p_priorities), cardinality(p_run_at)),
            HINT = 'Pass one element per job in each array.';
    END IF;
    FOR v_priority IN
        SELECT DISTINCT COALESCE(p.priority, 0::smallint) AS priority
          FROM unnest(COALESCE(p_priorities, '{0}')) AS p(priority)
        EXCEPT
        SELECT l.priority FROM domainflow.job_lane AS l WHERE l.queue = p_queue
        ORDER BY 1
    LOOP
        PERFORM domainflow._open_lane(p_queue, v_priority);
    END LOOP;

    RETURN QUERY
    WITH numbered AS MATERIALIZED (
        SELECT nextval('domainflow.job_seq') AS id, n.kind, n.payload, COALESCE(n.priority, 0::smallint) AS priority,
               COALESCE(n.run_at, v_now) AS run_at
          FROM unnest(p_kinds, p_payloads, p_priorities, p_run_at) WITH ORDINALITY AS n(kind, payload, priority, run_at, number)
         ORDER BY n.number
    ), inserted AS (
        INSERT INTO domainflow.job (queue, id, pos, status, run_at, created_at, priority, kind, payload, max_attempts, keep)
        SELECT q.queue, n.id, CASE WHEN n.run_at <= v_now THEN n.id END,
               CASE WHEN n.run_at <= v_now THEN 'ready' ELSE 'waiting' END::domainflow.job_status,
               n.run_at, v_now, n.priority, n.kind, n.payload, q.max_attempts, q.keep_finished
          FROM numbered AS n
          JOIN domainflow.job_queue AS q ON q.queue = p_queue
         ORDER BY n.id
        RETURNING id
    )
    SELECT i.id FROM inserted AS i ORDER BY i.id;

    SELECT q.notify INTO v_notify FROM domainflow.job_queue AS q WHERE q.queue = p_queue;
    IF v_notify AND v_count > 0 THEN
        PERFORM pg_notify('domainflow_job', p_queue);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.enqueue_jobs IS
    'Adds jobs to a queue and returns their ids in input order';
REVOKE ALL ON FUNCTION domainflow.enqueue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.enqueue_jobs TO domainflow_app;
--! end include functions/job/enqueue_jobs.sql
--! begin include functions/job/_rescue_jobs.sql
-- Takes jobs of a queue away from workers whose lease has run out.
--
-- The lease is checked again inside the UPDATE, so a job that its worker has just finished, or whose lease it has just renewed,
-- is left alone. The lost attempt counts: a job without attempts left is dead. A rescued job keeps its place in the lane.
CREATE OR REPLACE FUNCTION domainflow._rescue_jobs(p_queue text, p_ids bigint[])
RETURNS TABLE (id bigint, outcome text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    RETURN QUERY
    WITH expired AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status = 'running'
           AND j.lease_until < v_now
         ORDER BY j.id
           FOR UPDATE SKIP LOCKED
    )
    UPDATE domainflow.job AS j
       SET status      = CASE WHEN j.attempt < j.max_attempts THEN 'ready' ELSE 'dead' END::domainflow.job_status,
           pos         = CASE WHEN j.attempt < j.max_attempts THEN j.pos END,
           run_at      = CASE WHEN j.attempt < j.max_attempts THEN j.run_at ELSE 'infinity' END,
           token       = NULL,
           lease_until = NULL,
           worker      = NULL,
           last_error  = format('lease of attempt %s by %s ran out at %s', j.attempt, j.worker, j.lease_until)
      FROM expired AS e
     WHERE j.queue = p_queue
       AND j.id = e.id
       AND j.status = 'running'
       AND j.lease_until < v_now
    RETURNING j.id, CASE j.status WHEN 'ready' THEN 'retry' ELSE 'dead' END;
END
$$;

COMMENT ON FUNCTION domainflow._rescue_jobs IS
    'Gives jobs back whose lease has run out: retry, or dead when it was the last attempt';
REVOKE ALL ON FUNCTION domainflow._rescue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._rescue_jobs TO domainflow_app;
GRANT EXECUTE ON FUNCTION domainflow._rescue_jobs TO domainflow_app;
--! end include functions/job/_rescue_jobs.sql
--! begin include functions/job/_sweep_queue.sql
-- Finds the jobs that claims do not see, when it is time to: returns whether there may now be something to claim.
--
-- Waiting jobs that are due enter their lane, leases that ran out are taken back, and each mark is put right: below the oldest
-- ready job that it had passed (its enqueuer committed late, or its claim rolled back), and past the dead entries of an exhausted lane.
--
-- How often: a claim that found nothing may sweep 50 ms after the last sweep, any other after a second, and never before 20
-- times the last sweep's duration have passed: under a pinned xmin horizon a sweep walks every dead entry, and this
-- bounds what that costs. The clock is a sequence for the same reason as the marks. Two claims that sweep at the same
-- moment do no harm.
CREATE OR REPLACE FUNCTION domainflow._sweep_queue(p_queue text, p_idle boolean)
RETURNS boolean
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_window   CONSTANT bigint  := 1000::bigint;
    c_promoted CONSTANT integer := 1000;
    v_started  bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    v_ended    bigint;
    v_queue    record;
    v_lane     record;
    v_found    record;
    v_due      bigint[];
    v_head     bigint;
    v_low      bigint;
    v_oldest   bigint;
    v_any      boolean := false;
BEGIN
    SELECT q.sweep_clock, q.sweep_head INTO v_queue FROM domainflow.job_queue AS q WHERE q.queue = p_queue AND NOT q.paused;
    IF NOT FOUND OR v_started < pg_sequence_last_value(v_queue.sweep_clock) + (CASE WHEN p_idle THEN 0 ELSE 950000 END) THEN
        RETURN false;
    END IF;
    PERFORM setval(v_queue.sweep_clock, v_started + 1000000);
    v_head := pg_sequence_last_value('domainflow.job_seq');

    v_due := ARRAY(
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.pos IS NULL
           AND j.run_at <= clock_timestamp()
         ORDER BY j.run_at
         LIMIT c_promoted
           FOR UPDATE SKIP LOCKED);
    IF cardinality(v_due) > 0 THEN
        UPDATE domainflow.job AS j
           SET status = 'ready',
               pos    = d.pos
          FROM (SELECT n.id, nextval('domainflow.job_seq') AS pos FROM unnest(v_due) WITH ORDINALITY AS n(id, number) ORDER BY n.number) AS d
         WHERE j.queue = p_queue
           AND j.id = d.id;
        v_any := true;
    END IF;

    FOR v_lane IN SELECT l.priority, l.mark FROM domainflow.job_lane AS l WHERE l.queue = p_queue LOOP
        v_low := pg_sequence_last_value(v_lane.mark);
        SELECT min(j.pos) FILTER (WHERE j.status = 'ready') AS oldest,
               array_agg(j.id) FILTER (WHERE j.status = 'running' AND j.lease_until < clock_timestamp()) AS expired
          INTO v_found
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.priority = v_lane.priority
           AND j.pos <= v_low + c_window;
        IF v_found.expired IS NOT NULL THEN
            PERFORM domainflow._rescue_jobs(p_queue, v_found.expired);
            v_any := true;
            SELECT LEAST(v_found.oldest, min(j.pos)) AS oldest INTO v_found
              FROM domainflow.job AS j
             WHERE j.queue = p_queue
               AND j.id = ANY (v_found.expired)
               AND j.status = 'ready';
        END IF;
        v_oldest := COALESCE(v_found.oldest, (
            SELECT j.pos
              FROM domainflow.job AS j
             WHERE j.queue = p_queue
               AND j.priority = v_lane.priority
               AND j.pos > v_low + c_window
               AND j.status = 'ready'
             ORDER BY j.pos
             LIMIT 1));
        v_any := v_any OR COALESCE(v_oldest <= v_low, false);
        -- An exhausted lane: positions up to the previous sweep's had time to be committed, the newest may still appear.
        PERFORM setval(v_lane.mark, COALESCE(v_oldest - 1, GREATEST(v_low, pg_sequence_last_value(v_queue.sweep_head))));
    END LOOP;

    PERFORM setval(v_queue.sweep_head, v_head);
    v_ended := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    PERFORM setval(v_queue.sweep_clock, v_ended + GREATEST(50000, 20 * (v_ended - v_started)));
    RETURN v_any;
END
$$;

COMMENT ON FUNCTION domainflow._sweep_queue IS
    'Promotes due jobs, takes expired leases back and puts marks right, when the last sweep is long enough ago';
REVOKE ALL ON FUNCTION domainflow._sweep_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._sweep_queue TO domainflow_app;
GRANT EXECUTE ON FUNCTION domainflow._sweep_queue TO domainflow_app;
--! end include functions/job/_sweep_queue.sql
--! begin include functions/job/claim_jobs.sql
-- Claims up to p_limit ready jobs of one queue for one worker, optionally only of some kinds.
--
-- Order: priority, then age. Never waits for rows another worker holds. Every claim call gets a new fencing token, shared
-- by its jobs, and every later call about them must show it; it is drawn when the rows are locked, so that a later claim of a job
-- always has a higher one. An unknown or paused queue has nothing to claim.
--
-- Scans each lane upwards from its mark and moves the mark when it finds itself far above it. Some places are left between
-- mark and claim, so that enqueuers that commit slightly out of order are still seen. A claim by kind leaves the mark where it is: what it
-- passed may be ready.
-- The planner may not choose a sequential scan: its statistics are those of a moment when the queue was empty, and a plan
-- made then would be kept while the queue grows.
CREATE OR REPLACE FUNCTION domainflow.claim_jobs(
    p_queue  text,
    p_worker text,
    p_limit  integer  DEFAULT 1,
    p_lease  interval DEFAULT '30 seconds',
    p_kinds  text[]   DEFAULT NULL
)
RETURNS SETOF domainflow.claimed_job
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    c_ahead CONSTANT bigint := 32::bigint;
    c_slack CONSTANT bigint := 16::bigint;
BEGIN
    IF p_queue IS NULL OR p_worker IS NULL OR p_limit IS NULL OR p_lease IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, worker, limit and lease must not be null',
            DETAIL = pg_catalog.format('queue: %L, worker: %L, limit: %L, lease: %L', p_queue, p_worker, p_limit, p_lease),
            HINT = 'Leave out limit and lease to get their defaults.';
    END IF;
    IF p_limit OPERATOR(pg_catalog.<) 1 OR p_lease OPERATOR(pg_catalog.<=) interval '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'limit and lease must be positive',
            DETAIL = pg_catalog.format('limit: %s, lease: %s', p_limit, p_lease), HINT = 'Claim at least one job for some time.';
    END IF;

    LOOP
        RETURN QUERY
        WITH claimed AS MATERIALIZED (
            SELECT j.row_id,
                   CASE WHEN p_kinds IS NULL AND j.pos OPERATOR(pg_catalog.-) l.low OPERATOR(pg_catalog.>) c_ahead AND pg_catalog.pg_sequence_last_value(l.mark) OPERATOR(pg_catalog.=) l.low
                        THEN pg_catalog.setval(l.mark, j.pos OPERATOR(pg_catalog.-) c_slack) END AS new_mark
              FROM (SELECT lane.priority, lane.mark, pg_catalog.pg_sequence_last_value(lane.mark) AS low
                      FROM domainflow.job_lane AS lane
                     WHERE lane.queue OPERATOR(pg_catalog.=) p_queue
                       AND NOT lane.paused
                     ORDER BY lane.priority DESC) AS l
             CROSS JOIN LATERAL (
                    SELECT candidate.ctid AS row_id, candidate.pos
                      FROM domainflow.job AS candidate
                     WHERE candidate.queue OPERATOR(pg_catalog.=) p_queue
                       AND candidate.priority OPERATOR(pg_catalog.=) l.priority
                       AND candidate.pos OPERATOR(pg_catalog.>) l.low
                       AND candidate.status OPERATOR(pg_catalog.=) 'ready'
                       AND (p_kinds IS NULL OR candidate.kind OPERATOR(pg_catalog.=) ANY (p_kinds))
                     ORDER BY candidate.pos
                     LIMIT p_limit
                       FOR UPDATE SKIP LOCKED) AS j
             LIMIT p_limit
        ), ticket AS MATERIALIZED (
            SELECT pg_catalog.nextval('domainflow.job_token_seq') AS token,
                   pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) p_lease AS lease_until
              FROM claimed
            HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
        )
        UPDATE domainflow.job AS j
           SET status      = 'running',
               attempt     = j.attempt OPERATOR(pg_catalog.+) 1,
               token       = t.token,
               worker      = p_worker,
               lease_until = t.lease_until
          FROM ticket AS t, claimed AS c
         WHERE j.ctid OPERATOR(pg_catalog.=) c.row_id
        RETURNING j.id, j.kind, j.payload, j.priority, j.attempt, j.max_attempts, j.token, j.lease_until;
        EXIT WHEN FOUND OR NOT domainflow._sweep_queue(p_queue, true);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.claim_jobs IS
    'Claims ready jobs for a worker: priority, then age; one fencing token for all of them';
REVOKE ALL ON FUNCTION domainflow.claim_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.claim_jobs TO domainflow_app;
--! end include functions/job/claim_jobs.sql
--! begin include functions/job/heartbeat_jobs.sql
-- Extends the leases of jobs that a worker still holds, to p_lease from now. Returns the ids still held.
--
-- An id that is missing from the answer is lost (finished, rescued, claimed by another): its worker must stop working on it.
CREATE OR REPLACE FUNCTION domainflow.heartbeat_jobs(
    p_queue text,
    p_ids   bigint[],
    p_token bigint,
    p_lease interval DEFAULT '30 seconds'
)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz;
BEGIN
    IF p_queue IS NULL OR p_ids IS NULL OR p_token IS NULL OR p_lease IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, ids, token and lease must not be null',
            DETAIL = format('queue: %L, ids: %L, token: %L, lease: %L', p_queue, p_ids, p_token, p_lease),
            HINT = 'Pass what claim_jobs returned.';
    END IF;
    IF p_lease <= interval '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the lease must be positive',
            DETAIL = format('lease: %s', p_lease), HINT = 'Use release_jobs to give jobs back.';
    END IF;
    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = p_queue
        AND j.id = ANY (p_ids)
      ORDER BY j.id
        FOR UPDATE;
    v_now := clock_timestamp();
    RETURN QUERY
    UPDATE domainflow.job AS j
       SET lease_until = v_now + p_lease
     WHERE j.queue = p_queue
       AND j.id = ANY (p_ids)
       AND j.token = p_token
       AND j.status = 'running'
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.heartbeat_jobs IS
    'Extends the leases of the jobs a worker still holds, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.heartbeat_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.heartbeat_jobs TO domainflow_app;
--! end include functions/job/heartbeat_jobs.sql
--! begin include functions/job/complete_job.sql
-- Finishes a job. True when the caller still held it; false when its token is stale, and then nothing changed.
--
-- A finished job is deleted, or moved to job_archive with p_result when its queue keeps finished jobs.
CREATE OR REPLACE FUNCTION domainflow.complete_job(
    p_queue  text,
    p_id     bigint,
    p_token  bigint,
    p_result jsonb DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM domainflow.job AS j
     WHERE j.queue OPERATOR(pg_catalog.=) p_queue
       AND j.id OPERATOR(pg_catalog.=) p_id
       AND j.token OPERATOR(pg_catalog.=) p_token
       AND j.status OPERATOR(pg_catalog.=) 'running'
       AND NOT j.keep;
    IF FOUND THEN
        RETURN true;
    END IF;

    WITH finished AS (
        DELETE FROM domainflow.job AS j
         WHERE j.queue OPERATOR(pg_catalog.=) p_queue
           AND j.id OPERATOR(pg_catalog.=) p_id
           AND j.token OPERATOR(pg_catalog.=) p_token
           AND j.status OPERATOR(pg_catalog.=) 'running'
        RETURNING j.*
    )
    INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, result, worker, created_at, correlation_id)
    SELECT f.queue, f.id, f.kind, f.priority, f.attempt, f.payload, p_result, f.worker, f.created_at, f.correlation_id
      FROM finished AS f;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION domainflow.complete_job IS
    'Finishes a job; false when the token is stale';
REVOKE ALL ON FUNCTION domainflow.complete_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.complete_job TO domainflow_app;
--! end include functions/job/complete_job.sql
--! begin include functions/job/complete_jobs.sql
-- Finishes jobs: element i of p_tokens is the token of element i of p_ids. Returns the ids the caller still held.
--
-- Rows are locked in the order of their ids, so that two calls about the same jobs cannot deadlock.
CREATE OR REPLACE FUNCTION domainflow.complete_jobs(p_queue text, p_ids bigint[], p_tokens bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_queue IS NULL OR p_ids IS NULL OR p_tokens IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, ids and tokens must not be null',
            DETAIL = format('queue: %L, ids: %L, tokens: %L', p_queue, p_ids, p_tokens), HINT = 'Pass what claim_jobs returned.';
    END IF;
    IF cardinality(p_ids) <> cardinality(p_tokens) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'ids and tokens must have the same length',
            DETAIL = format('ids: %s, tokens: %s', cardinality(p_ids), cardinality(p_tokens)), HINT = 'Pass one token per id.';
    END IF;

    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = p_queue
        AND j.id = ANY (p_ids)
      ORDER BY j.id
        FOR UPDATE;
    RETURN QUERY
    WITH finished AS (
        DELETE FROM domainflow.job AS j
         USING unnest(p_ids, p_tokens) AS n(id, token)
         WHERE j.queue = p_queue
           AND j.id = n.id
           AND j.token = n.token
           AND j.status = 'running'
        RETURNING j.*
    ), archived AS (
        INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, worker, created_at, correlation_id)
        SELECT f.queue, f.id, f.kind, f.priority, f.attempt, f.payload, f.worker, f.created_at, f.correlation_id
          FROM finished AS f
         WHERE f.keep
    )
    SELECT f.id FROM finished AS f ORDER BY f.id;
END
$$;

COMMENT ON FUNCTION domainflow.complete_jobs IS
    'Finishes jobs and returns the ids the caller still held';
REVOKE ALL ON FUNCTION domainflow.complete_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.complete_jobs TO domainflow_app;
--! end include functions/job/complete_jobs.sql
--! begin include functions/job/fail_job.sql
-- Reports that an attempt failed: 'retry' (it will run again), 'dead' (it will not), or 'stale' (the caller had lost the job).
--
-- The n-th retry waits backoff_base x 2^(n-1), at most backoff_cap, of which between half and all: the random part keeps jobs that failed
-- together from coming back together. p_retry => false means that no further attempt can help.
CREATE OR REPLACE FUNCTION domainflow.fail_job(
    p_queue text,
    p_id    bigint,
    p_token bigint,
    p_error text,
    p_retry boolean DEFAULT true
)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now    timestamptz := clock_timestamp();
    v_share  double precision := 0.5 + random() / 2;
    v_base   double precision;
    v_cap    double precision;
    v_status domainflow.job_status;
BEGIN
    SELECT extract(epoch FROM q.backoff_base)::double precision, extract(epoch FROM q.backoff_cap)::double precision
      INTO v_base, v_cap
      FROM domainflow.job_queue AS q
     WHERE q.queue = p_queue;
    UPDATE domainflow.job AS j
       SET status      = CASE WHEN p_retry AND j.attempt < j.max_attempts THEN 'waiting' ELSE 'dead' END::domainflow.job_status,
           pos         = NULL,
           run_at      = CASE WHEN p_retry AND j.attempt < j.max_attempts
                              THEN v_now + make_interval(secs => v_share * LEAST(v_cap, v_base * 2.0 ^ LEAST(j.attempt - 1, 60)))
                              ELSE 'infinity' END,
           token       = NULL,
           lease_until = NULL,
           worker      = NULL,
           last_error  = COALESCE(p_error, 'failed without a message')
     WHERE j.queue = p_queue
       AND j.id = p_id
       AND j.token = p_token
       AND j.status = 'running'
    RETURNING j.status INTO v_status;
    RETURN CASE v_status WHEN 'waiting' THEN 'retry' WHEN 'dead' THEN 'dead' ELSE 'stale' END;
END
$$;

COMMENT ON FUNCTION domainflow.fail_job IS
    'Reports a failed attempt: retry, dead or stale';
REVOKE ALL ON FUNCTION domainflow.fail_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_job TO domainflow_app;
--! end include functions/job/fail_job.sql
--! begin include functions/job/_lower_marks.sql
-- Moves the marks of the lanes in which these jobs stand ready below them, so that the next claim sees them.
CREATE OR REPLACE FUNCTION domainflow._lower_marks(p_queue text, p_ids bigint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM setval(l.mark, r.oldest - 1)
       FROM (SELECT j.priority, min(j.pos) AS oldest
               FROM domainflow.job AS j
              WHERE j.queue = p_queue
                AND j.id = ANY (p_ids)
                AND j.status = 'ready'
              GROUP BY j.priority) AS r
       JOIN domainflow.job_lane AS l ON l.queue = p_queue AND l.priority = r.priority
      WHERE r.oldest <= pg_sequence_last_value(l.mark);
END
$$;

COMMENT ON FUNCTION domainflow._lower_marks IS
    'Moves marks below ready jobs that stand below them';
REVOKE ALL ON FUNCTION domainflow._lower_marks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._lower_marks TO domainflow_app;
--! end include functions/job/_lower_marks.sql
--! begin include functions/job/release_jobs.sql
-- Gives claimed jobs back unworked, without burning an attempt, and returns the ids that the caller still held.
--
-- They keep their places in their lanes, whose marks move back below them.
CREATE OR REPLACE FUNCTION domainflow.release_jobs(p_queue text, p_ids bigint[], p_token bigint)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ids bigint[];
BEGIN
    WITH held AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
         ORDER BY j.id
           FOR UPDATE
    ), released AS (
        UPDATE domainflow.job AS j
           SET status      = 'ready',
               attempt     = j.attempt - 1,
               token       = NULL,
               lease_until = NULL,
               worker      = NULL
          FROM held AS h
         WHERE j.queue = p_queue
           AND j.id = h.id
           AND j.token = p_token
           AND j.status = 'running'
        RETURNING j.id
    )
    SELECT array_agg(r.id ORDER BY r.id) INTO v_ids FROM released AS r;
    PERFORM domainflow._lower_marks(p_queue, v_ids);
    RETURN QUERY SELECT unnest(v_ids);
END
$$;

COMMENT ON FUNCTION domainflow.release_jobs IS
    'Gives claimed jobs back without burning an attempt, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.release_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.release_jobs TO domainflow_app;
--! end include functions/job/release_jobs.sql
--! begin include functions/job/rescue_jobs.sql
-- Takes back every job whose lease has run out, in one queue or in all, and says what became of each: 'retry' or 'dead'.
--
-- Claims do this on the way for the jobs around their lane's mark. This looks at every job of the queue, also those
-- that were claimed by kind from the depth of a lane. Call it from maintenance, every minute or so.
CREATE OR REPLACE FUNCTION domainflow.rescue_jobs(p_queue text DEFAULT NULL)
RETURNS TABLE (queue text, id bigint, outcome text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_queue record;
BEGIN
    FOR v_queue IN
        SELECT j.queue, array_agg(j.id) AS ids
          FROM domainflow.job AS j
         WHERE (p_queue IS NULL OR j.queue = p_queue)
           AND j.status = 'running'
           AND j.lease_until < v_now
         GROUP BY j.queue
    LOOP
        RETURN QUERY SELECT v_queue.queue, r.id, r.outcome FROM domainflow._rescue_jobs(v_queue.queue, v_queue.ids) AS r;
        PERFORM domainflow._lower_marks(v_queue.queue, v_queue.ids);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.rescue_jobs IS
    'Takes back jobs whose lease has run out';
REVOKE ALL ON FUNCTION domainflow.rescue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.rescue_jobs TO domainflow_app;
--! end include functions/job/rescue_jobs.sql
--! begin include functions/job/requeue_jobs.sql
-- Lets dead jobs run again with their attempts counted from zero, and returns their ids. Others are left alone.
CREATE OR REPLACE FUNCTION domainflow.requeue_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH dead AS MATERIALIZED (
        SELECT d.id, nextval('domainflow.job_seq') AS pos
          FROM (SELECT j.id
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (p_ids)
                   AND j.status = 'dead'
                 ORDER BY j.id
                   FOR UPDATE) AS d
    )
    UPDATE domainflow.job AS j
       SET status  = 'ready',
           attempt = 0,
           pos     = d.pos,
           run_at  = j.created_at
      FROM dead AS d
     WHERE j.queue = p_queue
       AND j.id = d.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.requeue_jobs IS
    'Lets dead jobs run again, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.requeue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.requeue_jobs TO domainflow_app;
--! end include functions/job/requeue_jobs.sql
--! begin include functions/job/cancel_jobs.sql
-- Removes jobs that no worker holds (ready, waiting, parked, dead), and returns their ids.
--
-- Running ones stay: who processes them must ask whether the work is still wanted. Jobs that another
-- transaction has locked at this moment, to claim them for instance, stay too: waiting for them could deadlock.
CREATE OR REPLACE FUNCTION domainflow.cancel_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH free AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status <> 'running'
         ORDER BY j.id
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM domainflow.job AS j
     USING free AS f
     WHERE j.queue = p_queue
       AND j.id = f.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_jobs IS
    'Removes jobs that no worker holds, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.cancel_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_jobs TO domainflow_app;
--! end include functions/job/cancel_jobs.sql
--! begin include functions/job/park_jobs.sql
-- Takes ready and waiting jobs out of reach of claims until unpark_jobs, and returns their ids. Running and dead ones are left alone,
-- and so are jobs that another transaction has locked at this moment, to claim them for instance: waiting for them could deadlock.
--
-- With p_token, running jobs of that token are parked too, without burning an attempt: a worker gives back what it must not process now.
CREATE OR REPLACE FUNCTION domainflow.park_jobs(p_queue text, p_ids bigint[], p_token bigint DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH free AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND (j.status IN ('ready', 'waiting') OR (j.status = 'running' AND j.token = p_token))
         ORDER BY j.id
           FOR UPDATE SKIP LOCKED
    )
    UPDATE domainflow.job AS j
       SET status      = 'parked',
           attempt     = j.attempt - CASE j.status WHEN 'running' THEN 1 ELSE 0 END,
           pos         = NULL,
           run_at      = 'infinity',
           token       = NULL,
           lease_until = NULL,
           worker      = NULL
      FROM free AS f
     WHERE j.queue = p_queue
       AND j.id = f.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.park_jobs IS
    'Takes jobs out of reach of claims until they are unparked, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.park_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.park_jobs TO domainflow_app;
--! end include functions/job/park_jobs.sql
--! begin include functions/job/unpark_jobs.sql
-- Puts parked jobs at the end of their lanes, in the order of their ids, and returns these ids. Others are left alone.
CREATE OR REPLACE FUNCTION domainflow.unpark_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH parked AS MATERIALIZED (
        SELECT p.id, nextval('domainflow.job_seq') AS pos
          FROM (SELECT j.id
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (p_ids)
                   AND j.status = 'parked'
                 ORDER BY j.id
                   FOR UPDATE) AS p
    )
    UPDATE domainflow.job AS j
       SET status = 'ready',
           pos    = p.pos,
           run_at = j.created_at
      FROM parked AS p
     WHERE j.queue = p_queue
       AND j.id = p.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.unpark_jobs IS
    'Lets parked jobs be claimed again, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.unpark_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unpark_jobs TO domainflow_app;
--! end include functions/job/unpark_jobs.sql
--! begin include functions/job/pause_queue.sql
-- Pauses a queue, or lets it go on with p_paused => false. Returns whether that changed anything.
--
-- A paused queue accepts jobs and hands none out. Jobs already claimed are not touched. An unknown queue is created.
CREATE OR REPLACE FUNCTION domainflow.pause_queue(p_queue text, p_paused boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_paused IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'p_paused must be true or false',
            DETAIL = pg_catalog.format('queue: %L', p_queue), HINT = 'Leave it out to pause.';
    END IF;
    PERFORM domainflow.create_queue(p_queue);
    UPDATE domainflow.job_queue AS q SET paused = p_paused WHERE q.queue = p_queue AND q.paused <> p_paused;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE domainflow.job_lane AS l SET paused = p_paused WHERE l.queue = p_queue;
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow.pause_queue IS
    'Pauses a queue or lets it go on; true when that changed anything';
REVOKE ALL ON FUNCTION domainflow.pause_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_queue TO domainflow_app;
--! end include functions/job/pause_queue.sql
--! begin include functions/job/queue_stats.sql
-- Counts the jobs of one queue, or of every queue, by status. Reads every job: for reports, not for loops.
CREATE OR REPLACE FUNCTION domainflow.queue_stats(p_queue text DEFAULT NULL)
RETURNS TABLE (
    queue text, paused boolean, ready bigint, waiting bigint, running bigint, parked bigint, dead bigint,
    expired bigint, oldest_ready_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    RETURN QUERY
    SELECT q.queue, q.paused,
           count(j.id) FILTER (WHERE j.status = 'ready'),
           count(j.id) FILTER (WHERE j.status = 'waiting'),
           count(j.id) FILTER (WHERE j.status = 'running'),
           count(j.id) FILTER (WHERE j.status = 'parked'),
           count(j.id) FILTER (WHERE j.status = 'dead'),
           count(j.id) FILTER (WHERE j.status = 'running' AND j.lease_until < v_now),
           min(j.run_at) FILTER (WHERE j.status = 'ready')
      FROM domainflow.job_queue AS q
      LEFT JOIN domainflow.job AS j ON j.queue = q.queue
     WHERE p_queue IS NULL OR q.queue = p_queue
     GROUP BY q.queue, q.paused
     ORDER BY q.queue;
END
$$;

COMMENT ON FUNCTION domainflow.queue_stats IS
    'Jobs per queue and status';
REVOKE ALL ON FUNCTION domainflow.queue_stats FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.queue_stats TO domainflow_app, domainflow_reader;
--! end include functions/job/queue_stats.sql
