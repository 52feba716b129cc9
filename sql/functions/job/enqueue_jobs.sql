-- Adds jobs to a queue: element i of each array describes job i. Returns their ids in input order.
--
-- All of them or none. p_priorities and p_run_at may be null (0, now) or have nulls for the same. Bounds as for enqueue_job; at most
-- 500000 jobs at once. As enqueue_job, it waits for no one, and above READ COMMITTED fails with 40001 only where p_create does.
-- Proof: Scenarios/job/queue/notified.spec, Scenarios/job/claim.spec, Tests/SQL/job/batch.sql
CREATE OR REPLACE FUNCTION domainflow.enqueue_jobs(
    p_queue      text,
    p_kinds      text[],
    p_payloads   jsonb[],
    p_priorities integer[]     DEFAULT NULL,
    p_run_at     timestamptz[] DEFAULT NULL,
    p_create     boolean       DEFAULT false
)
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now      timestamptz := clock_timestamp();
    v_count    integer := cardinality(p_kinds);
    v_bad      record;
    v_priority smallint;
    v_ids      bigint[];
BEGIN
    IF array_ndims(p_kinds) > 1 OR array_ndims(p_payloads) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'kinds and payloads must be arrays of one dimension',
            DETAIL = format('kinds: %s, payloads: %s', array_dims(p_kinds), array_dims(p_payloads)),
            HINT = 'Pass one element per job in each array.';
    END IF;
    IF p_queue IS NULL OR p_kinds IS NULL OR p_payloads IS NULL OR p_create IS NULL OR array_position(p_kinds, NULL) IS NOT NULL
       OR array_position(p_payloads, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, kinds, payloads and create must not be null or contain nulls',
            DETAIL = format('queue: %s, kinds: %s, payloads: %s', COALESCE(domainflow._shown(p_queue), 'null'),
                            COALESCE(cardinality(p_kinds)::text, 'null'), COALESCE(cardinality(p_payloads)::text, 'null')),
            HINT = 'Pass an empty object as the payload of a job without one.';
    END IF;
    IF v_count <> cardinality(p_payloads) OR v_count <> cardinality(p_priorities) OR v_count <> cardinality(p_run_at) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'the arrays must have the same length',
            DETAIL = format('kinds: %s, payloads: %s, priorities: %s, run_at: %s',
                            v_count, cardinality(p_payloads), cardinality(p_priorities), cardinality(p_run_at)),
            HINT = 'Pass one element per job in each array.';
    END IF;
    IF v_count > 500000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'at most 500000 jobs at once',
            DETAIL = format('jobs: %s', v_count), HINT = 'Call it several times; one transaction keeps all or none.';
    END IF;
    SELECT n.kind, n.payload, n.priority, n.run_at INTO v_bad
      FROM unnest(p_kinds, p_payloads, p_priorities, p_run_at) AS n(kind, payload, priority, run_at)
     WHERE length(n.kind) NOT BETWEEN 1 AND 200
        OR n.priority NOT BETWEEN -32768 AND 32767
        OR pg_column_size(n.payload) > 1048576
        OR NOT isfinite(n.run_at)
        OR n.run_at > v_now + interval '100 years'
     LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_job(p_queue, v_bad.kind, v_bad.payload, COALESCE(v_bad.priority, 0), v_bad.run_at, NULL, false);
    END IF;
    IF v_count = 0 AND EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        RETURN;
    END IF;

    -- Before the lanes, as drop_queue does it: the other way round the two could deadlock.
    LOCK TABLE domainflow.job IN ROW EXCLUSIVE MODE;
    LOOP
        FOR v_priority IN
            SELECT DISTINCT COALESCE(p.priority, 0)::smallint AS priority
              FROM unnest(COALESCE(NULLIF(p_priorities, '{}'), '{0}')) AS p(priority)
            EXCEPT
            SELECT l.priority FROM domainflow.job_lane AS l
             WHERE l.queue = p_queue AND EXISTS (SELECT FROM domainflow.job_start)
            ORDER BY 1
        LOOP
            PERFORM domainflow._open_lane(p_queue, v_priority, p_create);
        END LOOP;
        WITH numbered AS MATERIALIZED (
            SELECT nextval('domainflow.job_seq') AS id, n.kind, n.payload, COALESCE(n.priority, 0)::smallint AS priority,
                   COALESCE(n.run_at, v_now) AS run_at
              FROM unnest(p_kinds, p_payloads, p_priorities, p_run_at) WITH ORDINALITY AS n(kind, payload, priority, run_at, number)
             ORDER BY n.number
        ), inserted AS (
            INSERT INTO domainflow.job AS j (queue, id, pos, status, run_at, created_at, priority, kind, payload, max_attempts, keep)
            SELECT q.queue, n.id, CASE WHEN n.run_at <= v_now THEN n.id END,
                   CASE WHEN n.run_at <= v_now THEN 'ready' ELSE 'waiting' END::domainflow.job_status,
                   n.run_at, v_now, n.priority, n.kind, n.payload, q.max_attempts, q.keep_finished
              FROM numbered AS n
              JOIN domainflow.job_queue AS q ON q.queue = p_queue
             ORDER BY n.id
            ON CONFLICT ON CONSTRAINT job_pkey DO NOTHING
            RETURNING j.id
        )
        SELECT array_agg(i.id ORDER BY i.id) INTO v_ids FROM inserted AS i;
        EXIT WHEN COALESCE(cardinality(v_ids), 0) = v_count;
        -- An id was taken: the sequence is behind. What was added goes again, and gets new ids.
        DELETE FROM domainflow.job AS j WHERE j.queue = p_queue AND j.id = ANY (v_ids);
        PERFORM domainflow._open_lane(p_queue, COALESCE(p_priorities[1], 0)::smallint, p_create);
    END LOOP;

    IF (SELECT q.notify FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        PERFORM pg_notify('domainflow_job', p_queue);
    END IF;
    RETURN QUERY SELECT unnest(v_ids);
END
$$;

COMMENT ON FUNCTION domainflow.enqueue_jobs IS
    'Adds jobs to a queue and returns their ids in input order';
REVOKE ALL ON FUNCTION domainflow.enqueue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.enqueue_jobs TO domainflow_app;
