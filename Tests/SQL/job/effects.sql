-- What each call about given jobs answers, changes and locks: jobs of its queue, in the right state, of the right token, and named; no others.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);
-- Rows are read by their place in the table, which is the opposite of the order of their ids: an order that is promised must be made.
SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off;
-- The queues before and after t must not lend it their backoff.
SELECT domainflow.create_queue('s', p_backoff_base => '9 days', p_backoff_cap => '9 days');
SELECT domainflow.create_queue('t', p_backoff_base => '1 hour', p_backoff_cap => '2 hours');
SELECT domainflow.create_queue('u', p_backoff_base => '9 days', p_backoff_cap => '9 days');
CREATE TEMP TABLE named (id bigint, status domainflow.job_status, attempt int, keep boolean, token bigint, elsewhere domainflow.job_status);
INSERT INTO named VALUES
    (1, 'ready', 0, false, NULL, 'dead'), (2, 'waiting', 1, false, NULL, 'parked'),
    (3, 'running', 1, false, 70, 'running'), (4, 'running', 3, true, 70, 'running'), (5, 'running', 1, false, 71, 'ready'),
    (6, 'parked', 0, false, NULL, 'parked'), (7, 'parked', 1, false, NULL, 'dead'), (8, 'dead', 3, false, NULL, 'dead'), (9, 'dead', 3, false, NULL, 'parked'),
    -- No call makes these: whatever its token says, a job is held only while it runs.
    (10, 'ready', 1, false, 70, 'running'), (11, 'parked', 1, true, 70, 'running');
-- Beside each named job stand one that no call names, and one of queue u that has the same id.
INSERT INTO domainflow.job (queue, id, pos, status, attempt, max_attempts, keep, token, worker, lease_until, priority, kind, payload, created_at, run_at)
SELECT r.queue, r.id, CASE WHEN r.status IN ('ready', 'running') THEN r.id + 100 END, r.status, r.attempt, 3, r.keep, r.token,
       CASE r.status WHEN 'running' THEN 'w' END, CASE WHEN r.token IS NOT NULL THEN now() END, 0, 'k', '{}', '2020-01-01 00:00Z',
       CASE WHEN r.status = 'waiting' THEN '2030-01-01 00:00Z'::timestamptz WHEN r.status IN ('parked', 'dead') THEN 'infinity'
            WHEN r.status = 'running' THEN '2019-01-01 00:00Z' ELSE '2020-01-01 00:00Z' END
  FROM (SELECT 't' AS queue, n.id, n.status, n.attempt, n.keep, n.token FROM named AS n
         UNION ALL SELECT 't', n.id + 20, n.status, n.attempt, n.keep, n.token FROM named AS n
         UNION ALL SELECT 'u', n.id, n.elsewhere, 1, n.keep, 70 FROM named AS n) AS r
 ORDER BY r.queue, r.id DESC;
-- A place in the lane is "in" when it is the one above, else the rank among the new ones.
CREATE FUNCTION pg_temp.look() RETURNS TABLE (name text, id bigint, look text, lock xid) LANGUAGE sql AS
$$SELECT j.queue || j.id, j.id,
         concat_ws(' ', j.status, j.attempt, CASE WHEN j.pos IS NULL THEN 'out' WHEN j.pos = j.id + 100 THEN 'in'
                                                  ELSE 'place ' || rank() OVER (ORDER BY j.pos = j.id + 100, j.pos) END,
                   CASE WHEN j.run_at <= j.created_at THEN 'due' WHEN j.run_at = 'infinity' THEN 'never' WHEN j.run_at = '2030-01-01 00:00Z' THEN 'later'
                        WHEN j.run_at - now() BETWEEN '30 min' AND '90 min' THEN 'in an hour' ELSE 'wrong' END,
                   j.token, j.worker, CASE WHEN j.lease_until - now() BETWEEN '5 min' AND '9 min' THEN 'extended' WHEN j.lease_until IS NOT NULL THEN 'leased' END,
                   j.last_error), j.xmax
    FROM domainflow.job AS j$$;
-- The answer of a call, and what it did; then it is undone. :n stands for the named ids.
CREATE FUNCTION pg_temp.effect(p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_answer text; v_did text;
BEGIN
    CREATE TEMP TABLE before AS SELECT * FROM pg_temp.look();
    EXECUTE 'SELECT ' || replace(p_call, ':n', 'ARRAY(SELECT id FROM named ORDER BY id)') INTO v_answer;
    CREATE TEMP TABLE after AS SELECT * FROM pg_temp.look();
    SELECT concat_ws('; ', string_agg(l.name || ' ' || l.look, '; ' ORDER BY b.id) FILTER (WHERE l.look <> b.look),
                     'gone ' || string_agg(b.name, ' ' ORDER BY b.id) FILTER (WHERE l.name IS NULL),
                     'archived ' || (SELECT string_agg(a.queue || a.id, ' ') FROM domainflow.job_archive AS a),
                     'locked ' || string_agg(l.name, ' ' ORDER BY b.id) FILTER (WHERE l.look = b.look AND l.lock <> b.lock))
      INTO v_did FROM before AS b LEFT JOIN after AS l ON l.name = b.name;
    RAISE EXCEPTION USING ERRCODE = 'UNDO1', MESSAGE = concat_ws(': ', v_answer, NULLIF(v_did, ''));
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN RETURN SQLERRM;
END $$;
SELECT is(pg_temp.effect(e.call), e.effect, e.call) FROM (VALUES
    ($$array(SELECT domainflow.heartbeat_jobs('t', :n, 70, '5 min') ORDER BY 1)$$,
     '{3,4}: t3 running 1 in due 70 w extended; t4 running 3 in due 70 w extended; locked t1 t2 t5 t6 t7 t8 t9 t10 t11'),
    ($$array(SELECT domainflow.complete_jobs('t', :n, array_fill(70::bigint, '{11}')))$$,
     '{3,4}: gone t3 t4; archived t4; locked t1 t2 t5 t6 t7 t8 t9 t10 t11'),
    ($$array(SELECT domainflow.release_jobs('t', :n, 70))$$,
     '{3,4}: t3 ready 0 in due; t4 ready 2 in due; locked t1 t2 t5 t6 t7 t8 t9 t10 t11'),
    ($$array(SELECT domainflow.park_jobs('t', :n) ORDER BY 1)$$,
     '{1,2,10}: t1 parked 0 out never; t2 parked 1 out never; t10 parked 1 out never'),
    ($$array(SELECT domainflow.park_jobs('t', :n, 70) ORDER BY 1)$$,
     '{1,2,3,4,10}: t1 parked 0 out never; t2 parked 1 out never; t3 parked 0 out never; t4 parked 2 out never; t10 parked 1 out never'),
    ($$array(SELECT domainflow.cancel_jobs('t', :n) ORDER BY 1)$$, '{1,2,6,7,8,9,10,11}: gone t1 t2 t6 t7 t8 t9 t10 t11'),
    ($$array(SELECT domainflow.unpark_jobs('t', :n))$$,
     '{6,7,11}: t6 ready 0 place 1 due; t7 ready 1 place 2 due; t11 ready 1 place 3 due 70 leased'),
    ($$array(SELECT domainflow.requeue_jobs('t', :n))$$, '{8,9}: t8 ready 0 place 1 due; t9 ready 0 place 2 due'),
    ($$domainflow.complete_job('t', 3, 70)$$, 'true: gone t3'),
    ($$domainflow.complete_job('t', 4, 70)$$, 'true: gone t4; archived t4'),
    ($$domainflow.complete_job('t', 5, 70)$$, 'false'),
    ($$domainflow.complete_job('t', 24, 71)$$, 'false'),
    ($$domainflow.complete_job('t', 10, 70)$$, 'false'),
    ($$domainflow.complete_job('t', 11, 70)$$, 'false'),
    ($$domainflow.fail_job('t', 3, 70, 'no')$$, 'retry: t3 waiting 1 out in an hour no'),
    ($$domainflow.fail_job('t', 3, 70, NULL, false)$$, 'dead: t3 dead 1 out never failed without a message'),
    ($$domainflow.fail_job('t', 4, 70, 'no')$$, 'dead: t4 dead 3 out never no'),
    ($$domainflow.fail_job('t', 5, 70, 'no')$$, 'stale'),
    ($$domainflow.fail_job('t', 10, 70, 'no')$$, 'stale'),
    ($$domainflow.fail_job('t', 3, 70, repeat('x', 10001))$$, 'retry: t3 waiting 1 out in an hour ' || repeat('x', 10000))
    ) AS e (call, effect);
SELECT results_eq($$SELECT queue, paused, ready, waiting, running, parked, dead, expired, oldest_ready_at FROM domainflow.queue_stats()$$,
    $$VALUES ('s', false, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, NULL::timestamptz),
             ('t', false, 4::bigint, 2::bigint, 6::bigint, 6::bigint, 4::bigint, 6::bigint, '2020-01-01 00:00Z'),
             ('u', false, 1::bigint, 0::bigint, 4::bigint, 3::bigint, 3::bigint, 4::bigint, '2020-01-01 00:00Z')$$, 'all that is counted as it stands');
SELECT * FROM finish();
ROLLBACK;
