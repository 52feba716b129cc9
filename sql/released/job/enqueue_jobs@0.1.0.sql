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
