-- Claims of one job, of several and by kind: which lanes, marks and sweeps count, and when a claim moves a mark.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(57);
SELECT domainflow.create_queue('t'), domainflow.create_queue('u');
-- A job that stands where the test wants it.
CREATE FUNCTION pg_temp.job(p_queue text, p_kind text, p_priority int, p_pos bigint, p_status domainflow.job_status DEFAULT 'ready') RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_id bigint := domainflow.enqueue_job(p_queue, p_kind, '{}', p_priority);
BEGIN UPDATE domainflow.job SET pos = p_pos, status = p_status WHERE queue = p_queue AND id = v_id; END $$;
CREATE FUNCTION pg_temp.mark(p_number bigint, p_low bigint, p_kind text DEFAULT '', p_priority int DEFAULT 0, p_queue text DEFAULT 't') RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_mark (spot, n, low, queue, kind, priority) VALUES (domainflow._spot('t', p_kind, p_priority::smallint), p_number, p_low, p_queue, p_kind, p_priority)$$;
-- As if the queue had been swept then; without p_full not all lanes are looked through for another fifty seconds.
CREATE FUNCTION pg_temp.swept(p_ago interval, p_number bigint DEFAULT 1, p_queue text DEFAULT 't') RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_sweep VALUES (hashtextextended(p_queue, 0), p_number, p_queue, clock_timestamp() - p_ago, clock_timestamp(), false, clock_timestamp(), 1, 0)$$;
CREATE FUNCTION pg_temp.clean() RETURNS void LANGUAGE sql AS
$$DELETE FROM domainflow.job; DELETE FROM domainflow.job_mark; DELETE FROM domainflow.job_sweep; SELECT pg_temp.swept('0')$$;
CREATE FUNCTION pg_temp.claim(p_how text, p_limit int DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(c.priority || c.kind, ' ' ORDER BY c.priority DESC, c.id)
  FROM domainflow.claim_jobs('t', 'w', COALESCE(p_limit, CASE p_how WHEN 'several' THEN 2 ELSE 1 END), '1 min', CASE p_how WHEN 'by kind' THEN ARRAY['a', 'b'] END) AS c $$;
CREATE TABLE pg_temp.how AS SELECT unnest(ARRAY['one', 'several', 'by kind']) AS how;

-- Which mark counts: a ready job at 1000, and marks (number, low, priority, queue).
CREATE FUNCTION pg_temp.found(p_how text, p_marks text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.clean(), pg_temp.job('t', 'a', 0, 1000);
    PERFORM pg_temp.mark(m[1]::bigint, m[2]::bigint, CASE p_how WHEN 'by kind' THEN 'a' ELSE '' END, m[3]::int, m[4])
       FROM (SELECT string_to_array(s, ' ') AS m FROM string_to_table(p_marks, ', ') AS s) AS s;
    UPDATE domainflow.job_mark SET spot = domainflow._spot('t', kind, 0::smallint) WHERE queue = 'u';
    RETURN pg_temp.claim(p_how) IS NOT NULL;
END $$;
SELECT is(pg_temp.found(how, marks), found, format('%s: %s', how, name))
  FROM pg_temp.how, (VALUES ('1 999 0 t', true, 'a mark right below the job'), ('1 1000 0 t', false, 'a mark at the job'),
       ('1 2000 0 t, 2 0 0 t', true, 'the newest mark counts, below'), ('1 0 0 t, 2 2000 0 t', false, 'and above'),
       ('9 2000 9 t', true, 'not that of another lane'), ('9 2000 0 u', true, 'nor one that only has the same hash')) AS v (marks, found, name);

-- Lanes: of this queue, not paused, the highest priority first.
SELECT pg_temp.clean();
SELECT pg_temp.job('u', 'a', p, 1) FROM unnest(ARRAY[0, 5, -3]) AS p;
SELECT pg_temp.job('t', 'a', 9, 50, 'running');
SELECT token FROM domainflow.claim_jobs('u', 'w', 1) \gset
SELECT is(pg_temp.claim(how), NULL, how || ': another queue has jobs, this one has not') FROM pg_temp.how;
SELECT is(pg_sequence_last_value('domainflow.job_token_seq'), :token::bigint, 'a claim that finds nothing draws no token');
SELECT pg_temp.job('t', 'a', p, 20 + p) FROM unnest(ARRAY[0, 5, -3, 7]) AS p, generate_series(1, 3);
SELECT domainflow.pause_queue('t'); UPDATE domainflow.job_sweep SET swept_at = clock_timestamp(), full_at = clock_timestamp(), full_cost = 1;
SELECT is(pg_temp.claim(how), NULL, how || ': a paused queue, though another has the same lanes') FROM pg_temp.how;
SELECT domainflow.pause_queue('t', false);
SELECT is(pg_temp.claim('one'), '7a', 'one: the highest priority');
SELECT is(pg_temp.claim('several', 3), '7a 7a 5a', 'several: what is left of it, and the next');
SELECT is(pg_temp.claim('by kind', 3), '5a 5a 0a', 'by kind: likewise');

-- Within a priority the kind with the oldest job that is ready in this lane above the kind's own mark comes first.
SELECT pg_temp.clean(), pg_temp.job('t', 'a', 0, 1), pg_temp.mark(1, 1, 'a'), pg_temp.job('u', 'a', 0, 2), pg_temp.job('t', 'a', -3, 3), pg_temp.job('t', 'a', 0, 4, 'running'),
       pg_temp.job('t', 'a', 0, 11), pg_temp.job('t', 'b', 0, 10), pg_temp.job('t', 'a', 0, 12);
SELECT is(pg_temp.claim('by kind'), '0b', 'by kind: the one with the oldest job');
SELECT pg_temp.job('t', 'b', 0, 13);
SELECT is(pg_temp.claim('by kind', 3), '0a 0a 0b', 'by kind: as many as there are');
SELECT is((SELECT string_agg(queue || pos, ' ' ORDER BY pos) FROM domainflow.job WHERE status = 'ready'), 't1 u2 t3', 'and none that is not asked for');
SELECT pg_temp.clean();
SELECT pg_temp.job('t', kind, 0, 200 - ascii(kind)) FROM unnest(ARRAY['c', 'd', 'e', 'f', 'g', 'b']) AS kind;
SELECT is((SELECT string_agg(c.kind, ' ' ORDER BY i) FROM generate_series(1, 6) AS i, domainflow.claim_jobs('t', 'w' || i, 1, '1 min', ARRAY['b', 'c', 'd', 'e', 'f', 'g']) AS c), 'g f e d c b', 'by kind: one after the other');

-- When a claim moves the mark: distance of the first job before, and after. A job that is claimed alone moves it one time in eight.
CREATE FUNCTION pg_temp.moved(p_how text, p_marked boolean, p_distance int, p_turn boolean, p_jobs int DEFAULT 1) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_pos  bigint := CASE WHEN p_distance = 32 AND NOT p_marked THEN 32 ELSE
        (SELECT min(x) - p_jobs + 1 FROM generate_series(CASE WHEN p_marked THEN 100000 ELSE p_distance END, 200000) AS x WHERE (hashint8(x) & 7 = 0) = p_turn) END;
    v_kind text := CASE p_how WHEN 'by kind' THEN 'a' ELSE '' END;
BEGIN
    PERFORM pg_temp.clean();
    PERFORM pg_temp.job('t', 'a', 0, v_pos + i - 1) FROM generate_series(1, p_jobs) AS i;
    IF p_marked THEN PERFORM pg_temp.mark(1, v_pos - p_distance, v_kind); END IF;
    PERFORM pg_temp.claim(p_how, CASE WHEN p_jobs > 1 THEN 20 END);
    RETURN (SELECT v_pos - m.low FROM domainflow.job_mark AS m WHERE m.kind = v_kind ORDER BY m.n DESC LIMIT 1);
END $$;
SELECT is(pg_temp.moved(how, marked, distance, turn, jobs), after::bigint, format('%s: %s jobs, %s above %s, %s', how, jobs, distance, CASE WHEN marked THEN 'the mark' ELSE 'the start' END, turn))
  FROM (VALUES ('one', false, 32, false, 1, NULL), ('one', false, 33, false, 1, 16), ('one', true, 33, false, 1, 33), ('one', true, 33, true, 1, 16),
               ('one', true, 32, true, 1, 32),
               ('several', false, 32, false, 1, NULL), ('several', true, 33, false, 1, 16), ('several', true, 32, true, 1, 32),
               ('by kind', false, 32, false, 1, NULL), ('by kind', false, 33, false, 1, 16), ('by kind', true, 33, false, 1, 33), ('by kind', true, 33, true, 1, 16),
               ('by kind', true, 32, true, 1, 32), ('by kind', true, 33, false, 9, 16), ('by kind', true, 33, false, 8, 33)) AS v (how, marked, distance, turn, jobs, after);

-- Whose sweep counts: the queue's own newest one. A due job shows whether the claim has swept.
CREATE FUNCTION pg_temp.sweeps(p_how text, p_ago interval[], p_other interval) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.clean(), pg_temp.job('t', 'a', 0, 1000), pg_temp.job('t', 'due', 0, NULL, 'waiting');
    DELETE FROM domainflow.job_sweep;
    PERFORM pg_temp.swept(s.ago, s.number) FROM unnest(p_ago) WITH ORDINALITY AS s (ago, number);
    PERFORM pg_temp.swept(p_other, 9, 'u');
    IF pg_temp.claim(p_how) <> '0a' THEN RAISE 'the job was not claimed'; END IF;
    RETURN (SELECT j.status = 'ready' FROM domainflow.job AS j WHERE j.kind = 'due');
END $$;
SELECT is(pg_temp.sweeps(how, ago, other), swept, format('%s: %s', how, name))
  FROM pg_temp.how, (VALUES (ARRAY['1 hour']::interval[], interval '0', true, 'a sweep of another queue is none of this one'),
       (ARRAY['0', '1 hour']::interval[], '0', true, 'the newest sweep counts, long ago'), (ARRAY['1 hour', '0']::interval[], '1 hour', false, 'and just now')) AS v (ago, other, swept, name);
SELECT pg_temp.clean(), pg_temp.job('t', 'a', 0, 1000), pg_temp.job('t', 'due', 0, NULL, 'waiting');
SELECT pg_sleep(0.06); UPDATE domainflow.job_sweep SET swept_at = clock_timestamp() - interval '80 ms';
SELECT is(pg_temp.claim('one'), '0a', 'a claim that has found its job looks for no other');
SELECT * FROM finish();
ROLLBACK;
