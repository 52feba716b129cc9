-- What claim_jobs() refuses: each argument at its bound and one beyond, and leases whose length depends on the month they begin in.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL TimeZone = 'UTC';
SELECT plan(33);
SELECT domainflow.create_queue('t');
CREATE FUNCTION pg_temp.claim(p_queue text DEFAULT 't', p_worker text DEFAULT 'w', p_limit int DEFAULT 1, p_lease interval DEFAULT '1 s', p_kinds text[] DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM domainflow.claim_jobs(p_queue, p_worker, p_limit, p_lease, p_kinds);
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

SELECT is(pg_temp.claim(p_queue => NULL), 'DF202', 'no queue');
SELECT is(pg_temp.claim(p_worker => NULL), 'DF202', 'no worker');
SELECT is(pg_temp.claim(p_limit => NULL), 'DF202', 'no limit');
SELECT is(pg_temp.claim(p_lease => NULL), 'DF202', 'no lease');
SELECT is(pg_temp.claim(p_limit => n), state, 'a limit of ' || n)
  FROM (VALUES (-1, 'DF204'), (0, 'DF204'), (1, 'fine'), (100000, 'fine'), (100001, 'DF204')) AS v (n, state);
SELECT is(pg_temp.claim(p_worker => repeat('w', n)), state, format('a name of %s characters', n))
  FROM (VALUES (0, 'DF204'), (1, 'fine'), (200, 'fine'), (201, 'DF204')) AS v (n, state);
SELECT is(pg_temp.claim(p_kinds => array_fill('k'::text, ARRAY[n])), state, n || ' kinds')
  FROM (VALUES (0, 'fine'), (1000, 'fine'), (1001, 'DF204')) AS v (n, state);
SELECT is(pg_temp.claim(p_kinds => ARRAY['k', NULL]), 'DF202', 'a kind that is null');
SELECT is(pg_temp.claim(p_lease => lease::interval), state, 'a lease of ' || lease)
  FROM (VALUES ('-1 s', 'DF204'), ('0', 'DF204'), ('1 microsecond', 'fine'), ('24:00:00', 'fine'), ('24:00:00.000001', 'DF204'),
               -- Fields that cancel each other out.
               ('1000 days -23999 hours', 'fine'), ('1001 days -24023 hours', 'DF204'), ('292400 years -2526335999 hours', 'DF204')) AS v (lease, state);

-- PostgreSQL compares intervals as if months had 30 days, and adds them as the calendar has them. A lease must be right both ways. From
-- every date on there are months that together have one day more than 30 each, and so before every date.
SELECT min(m) AS forward FROM generate_series(1, 11) AS m
 WHERE now() + make_interval(months => m) = now() + make_interval(days => 30 * m + 1) \gset
SELECT min(m) AS back FROM generate_series(1, 11) AS m
 WHERE now() - make_interval(months => m) + make_interval(days => 30 * m + 1) = now() \gset
SELECT is(pg_temp.claim(p_lease => make_interval(months => months, days => days, hours => hours)), 'DF204', name)
  FROM (VALUES (:forward, - 30 * :forward - 1, 12, 'half a day, that compares as less than nothing'),
               (:forward, - 30 * :forward - 1, 24, 'a day, that compares as nothing'),
               (:forward, - 30 * :forward, 12, 'a day and a half, that compares as half a day'),
               (- :back, 30 * :back + 1, 12, 'half a day, that compares as a day and a half'),
               (- :back, 30 * :back + 1, 0, 'nothing, that compares as a day'),
               (- :back, 30 * :back, 12, 'less than nothing, that compares as half a day')) AS v (months, days, hours, name);
SELECT is(make_interval(months => :forward, days => - 30 * :forward - 1, hours => 24), '0', 'the second is nothing when compared');
SELECT is(now() + make_interval(months => - :back, days => 30 * :back + 1), now(), 'and the fifth when added');
SELECT * FROM finish();
ROLLBACK;
