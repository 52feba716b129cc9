-- What each function of the queue refuses, on both sides of each bound.
BEGIN ISOLATION LEVEL REPEATABLE READ; -- drop_queue() refuses that
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(78);
SET LOCAL TimeZone = 'UTC';
SELECT domainflow.create_queue('t', p_backoff_base => '1 s', p_backoff_cap => '1 hour');
-- How a call ends: its SQLSTATE, or ok; then it is undone.
CREATE FUNCTION pg_temp.outcome(p_call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT domainflow.' || p_call;
    RAISE EXCEPTION USING ERRCODE = 'UNDO1';
EXCEPTION WHEN OTHERS THEN RETURN CASE SQLSTATE WHEN 'UNDO1' THEN 'ok' ELSE SQLSTATE END;
END $$;
-- A document that takes so many bytes.
CREATE FUNCTION pg_temp.doc(p_bytes int) RETURNS jsonb LANGUAGE sql AS
$$SELECT to_jsonb(repeat('x', p_bytes - pg_column_size(to_jsonb(''::text))))$$;
SELECT is(pg_column_size(pg_temp.doc(1048576)), 1048576, 'a document of 1 MiB');

SELECT is(pg_temp.outcome(c.call), c.outcome, c.outcome || ': ' || c.call) FROM (VALUES
    ('DF202', $$enqueue_job('t', NULL)$$), ('DF202', $$enqueue_job('t', 'k', NULL)$$), ('DF202', $$enqueue_job('t', 'k', '{}', NULL)$$),
    ('ok', $$enqueue_job('t', repeat('k', 200))$$), ('ok', $$enqueue_job('t', 'k', '{}', -32768)$$), ('ok', $$enqueue_job('t', 'k', '{}', 32767)$$),
    ('DF204', $$enqueue_job('t', 'k', '{}', -32769)$$),
    ('ok', $$enqueue_job('t', 'k', pg_temp.doc(1048576), p_max_attempts => 1)$$), ('DF204', $$enqueue_job('t', 'k', pg_temp.doc(1048577))$$),
    ('ok', $$enqueue_job('t', 'k', p_max_attempts => 1000000)$$), ('DF204', $$enqueue_job('t', 'k', p_max_attempts => 1000001)$$),
    ('ok', $$enqueue_job('t', 'k', p_run_at => '0001-01-01 00:00Z')$$), ('DF204', $$enqueue_job('t', 'k', p_run_at => '-infinity')$$),
    ('ok', $$enqueue_job('t', 'k', p_run_at => now() + interval '100 years')$$), ('DF204', $$enqueue_job('t', 'k', p_run_at => now() + interval '101 years')$$),
    ('DF202', $$enqueue_jobs(NULL, '{k}', '{"1"}')$$), ('DF202', $$enqueue_jobs('t', '{}', NULL)$$), ('DF202', $$enqueue_jobs('t', '{k}', ARRAY[NULL]::jsonb[])$$),
    ('DF201', $$enqueue_jobs('t', '{{k},{k}}', '{"1","2"}')$$), ('DF201', $$enqueue_jobs('t', '{k,k}', '{{"1"},{"2"}}')$$),
    ('DF201', $$enqueue_jobs('t', '{k}', '{"1"}', NULL, ARRAY[now(), now()])$$),
    ('ok', $$enqueue_jobs('t', ARRAY[repeat('k', 200)], ARRAY[pg_temp.doc(1048576)], '{32767}', ARRAY[now() + interval '100 years'])$$),
    -- A job at the bounds does not hide one that is beyond them.
    ('DF204', $$enqueue_jobs('t', '{k,""}', ARRAY[pg_temp.doc(1048576), '1'])$$),
    ('DF204', $$enqueue_jobs('t', ARRAY[repeat('k', 201)], '{"1"}')$$), ('DF204', $$enqueue_jobs('t', '{k}', '{"1"}', '{-32769}')$$),
    ('DF204', $$enqueue_jobs('t', '{k}', ARRAY[pg_temp.doc(1048577)])$$), ('DF204', $$enqueue_jobs('t', '{k}', '{"1"}', NULL, '{-infinity}')$$),
    ('DF204', $$enqueue_jobs('t', '{k}', '{"1"}', NULL, ARRAY[now() + interval '101 years'])$$),
    -- As many as may be, for a queue that is not there.
    ('DF301', $$enqueue_jobs('nowhere', array_fill('k'::text, '{500000}'), array_fill('1'::jsonb, '{500000}'))$$),
    ('DF301', $$enqueue_jobs('nowhere', '{}', '{}')$$), ('DF301', $$enqueue_jobs('nowhere', '{}', '{}', '{}')$$),
    ('DF202', $$cancel_jobs(NULL, '{}')$$), ('DF202', $$park_jobs('t', NULL)$$), ('DF202', $$unpark_jobs('t', NULL)$$), ('DF202', $$requeue_jobs('t', NULL)$$),
    ('DF202', $$heartbeat_jobs('t', NULL, 1)$$), ('DF202', $$release_jobs('t', NULL, 1)$$),
    ('ok', $$_refuse_ids('t', array_fill(1::bigint, '{500000}'))$$), ('DF204', $$_refuse_ids('t', array_fill(1::bigint, '{500001}'))$$),
    ('DF202', $$heartbeat_jobs('t', '{}', NULL)$$), ('DF202', $$heartbeat_jobs('t', '{}', 1, NULL)$$), ('DF202', $$release_jobs('t', '{}', NULL)$$),
    ('DF202', $$complete_job(NULL, 1, 1)$$), ('DF202', $$complete_job('t', 1, NULL)$$),
    ('ok', $$complete_job('t', 1, 1, pg_temp.doc(1048576))$$), ('DF204', $$complete_job('t', 1, 1, pg_temp.doc(1048577))$$),
    ('DF202', $$complete_jobs(NULL, '{}', '{}')$$), ('DF202', $$complete_jobs('t', '{}', NULL)$$),
    ('DF202', $$fail_job(NULL, 1, 1, 'x')$$), ('DF202', $$fail_job('t', NULL, 1, 'x')$$), ('DF202', $$fail_job('t', 1, NULL, 'x')$$),
    ('DF202', $$pause_queue(NULL)$$), ('DF202', $$drop_queue(NULL)$$), ('DF405', $$drop_queue('t')$$),
    ('DF204', $$list_dead_jobs(p_limit => NULL)$$), ('ok', $$list_dead_jobs('t', 100000)$$), ('DF204', $$list_dead_jobs('t', 100001)$$),
    ('DF201', $$create_queue(NULL)$$), ('DF201', $$create_queue('')$$), ('ok', $$create_queue(repeat('q', 100))$$),
    ('ok', $$create_queue('t', 1)$$), ('ok', $$create_queue('t', 1000000)$$),
    ('ok', $$create_queue('t', p_backoff_cap => '366 days')$$), ('DF204', $$create_queue('t', p_backoff_cap => '366 days 00:00:00.000001')$$),
    -- A month counts 30 days and a year 360 where intervals are compared, and a year 365.25 days where seconds are counted.
    ('DF204', $$create_queue('t', p_backoff_base => '1 year -361 days', p_backoff_cap => '366 days')$$),
    ('DF204', $$create_queue('t', p_backoff_base => '1 year -360 days', p_backoff_cap => '366 days')$$),
    ('DF204', $$create_queue('t', p_backoff_base => '-1 year 361 days', p_backoff_cap => '366 days')$$),
    ('DF204', $$create_queue('t', p_backoff_base => '-1 year 365 days 6 hours', p_backoff_cap => '366 days')$$),
    ('DF204', $$create_queue('t', p_backoff_base => '1 year', p_backoff_cap => '365 days')$$),
    ('DF204', $$create_queue('t', p_backoff_base => '361 days', p_backoff_cap => '1 year')$$),
    -- A lease of so many years and as many hours less cannot be added to a time; one of days and as many hours less can.
    ('DF204', $$heartbeat_jobs('t', '{}', 1, '295000 years -2548799988 hours')$$), ('DF204', $$heartbeat_jobs('t', '{}', 1, '106751990 days -2562047759 hours')$$),
    ('ok', $$heartbeat_jobs('t', '{}', 1, '1000 days -23988 hours')$$), ('DF204', $$heartbeat_jobs('t', '{}', 1, '1001 days -24012 hours')$$),
    ('ok', $$heartbeat_jobs('t', '{}', 1, '24 hours')$$), ('DF204', $$heartbeat_jobs('t', '{}', 1, '24:00:00.000001')$$)
    ) AS c (outcome, call);

-- Months have 28 to 31 days: a lease must be positive, and up to a day, both as an interval and in the calendar.
SELECT is_empty($$
    SELECT l.lease, pg_temp.outcome(format('heartbeat_jobs(''t'', ''{}'', 1, %L)', l.lease)) AS outcome
      FROM (SELECT make_interval(months => m, days => d - 30 * m, hours => h) AS lease
              FROM generate_series(-11, 11) AS m, generate_series(-8, 8) AS d, unnest(ARRAY[0, 12]) AS h) AS l
     WHERE pg_temp.outcome(format('heartbeat_jobs(''t'', ''{}'', 1, %L)', l.lease))
           <> CASE WHEN l.lease > '0' AND l.lease <= '24 hours' AND now() + l.lease > now() AND now() + l.lease <= now() + '24 hours'::interval
                   THEN 'ok' ELSE 'DF204' END$$, 'leases with months');
SELECT * FROM finish();
ROLLBACK;
