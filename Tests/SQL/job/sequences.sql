-- _check_sequences(): puts each sequence ahead of each place its numbers are kept in, and leaves alone what is ahead. _open_lane(): makes what is missing.
BEGIN ISOLATION LEVEL READ COMMITTED;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(27);
SELECT domainflow.create_queue('t'), domainflow.create_queue('u');
SELECT domainflow.enqueue_job('t', 'a'), domainflow.enqueue_job('t', 'b'), domainflow.enqueue_job('t', 'c', '{}', 5), domainflow.enqueue_job('u', 'd', '{}', 5);
SELECT domainflow._set_mark('t', '', 0::smallint, NULL, 1, true);
SELECT token FROM domainflow.claim_jobs('t', 'w', 3) LIMIT 1 \gset
SELECT ok(NOT domainflow._check_sequences(), 'sequences are ahead of what was drawn from them');
SELECT pg_sequence_last_value('domainflow.job_seq') AS id, pg_sequence_last_value('domainflow.job_token_seq') AS token, pg_sequence_last_value('domainflow.job_mark_seq') AS mark \gset

-- Sequences set to the highest numbers that are kept are not behind, those one below are; then they skip a million numbers.
CREATE FUNCTION pg_temp.set_to(p_id bigint, p_token bigint, p_mark bigint) RETURNS boolean LANGUAGE sql AS
$$SELECT setval('domainflow.job_seq', p_id), setval('domainflow.job_token_seq', p_token), setval('domainflow.job_mark_seq', p_mark); SELECT domainflow._check_sequences()$$;
CREATE FUNCTION pg_temp.drawn() RETURNS bigint[] LANGUAGE sql AS
$$SELECT ARRAY[pg_sequence_last_value('domainflow.job_seq'), pg_sequence_last_value('domainflow.job_token_seq'), pg_sequence_last_value('domainflow.job_mark_seq')]$$;
UPDATE domainflow.job SET token = :token WHERE status = 'running';
UPDATE domainflow.job_lane SET opened = opened - 1000;
SELECT max(id) AS id FROM domainflow.job \gset
SELECT GREATEST((SELECT max(n) FROM domainflow.job_mark), (SELECT max(n) FROM domainflow.job_sweep)) AS mark \gset
SELECT ok(NOT pg_temp.set_to(:id, :token, :mark), 'each at the last number that is kept');
SELECT is(pg_temp.drawn(), ARRAY[:id, :token, :mark]::bigint[], 'nothing is moved');
SELECT ok(pg_temp.set_to(:id - 1, :token, :mark), 'ids are behind');
SELECT is(pg_temp.drawn(), ARRAY[:id + 1048576, :token, :mark]::bigint[], 'and moved');
SELECT ok(pg_temp.set_to(:id, :token - 1, :mark), 'tokens are behind');
SELECT is(pg_temp.drawn(), ARRAY[:id, :token + 1048576, :mark]::bigint[], 'and moved');
SELECT ok(pg_temp.set_to(:id, :token, :mark - 1), 'marks are behind');
SELECT is(pg_temp.drawn(), ARRAY[:id, :token, :mark + 1048576]::bigint[], 'and moved');

-- Where ids and positions are kept: in a job, its place, a lane, the archive. The lane has an older job, and one that waits and has no place.
CREATE FUNCTION pg_temp.ids_after() RETURNS bigint LANGUAGE sql AS $$SELECT pg_temp.set_to(100, 1000000, 1000000); SELECT pg_sequence_last_value('domainflow.job_seq') - 1048576$$;
DELETE FROM domainflow.job; UPDATE domainflow.job_lane SET opened = 1 WHERE priority = 0; UPDATE domainflow.job_lane SET opened = 2 WHERE priority = 5;
CREATE FUNCTION pg_temp.job(p_queue text, p_id bigint, p_pos bigint, p_priority int DEFAULT 0, p_token bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job (queue, id, pos, status, run_at, created_at, priority, kind, payload, max_attempts, keep, token)
  VALUES (p_queue, p_id, p_pos, CASE WHEN p_token IS NOT NULL THEN 'running' WHEN p_pos IS NULL THEN 'waiting' ELSE 'ready' END::domainflow.job_status, now(), now(), p_priority, 'k', '{}', 5, false, p_token)$$;
SELECT pg_temp.job('t', 10, 10), pg_temp.job('t', 11, NULL), pg_temp.job('t', 12, NULL, 5), pg_temp.job('u', 13, 9, 5);
SELECT pg_temp.job('t', 201, 8);
SELECT is(pg_temp.ids_after(), 201::bigint, 'the highest id');
UPDATE domainflow.job SET pos = 202 WHERE id = 10;
SELECT is(pg_temp.ids_after(), 202::bigint, 'the highest place, of an older job');
UPDATE domainflow.job_lane SET opened = 203 WHERE queue = 'u';
SELECT is(pg_temp.ids_after(), 203::bigint, 'the newest lane');
INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, created_at) SELECT 'u', n, 'k', 0, 1, '{}', now() FROM unnest(ARRAY[5, 204, 6]) AS n;
SELECT is(pg_temp.ids_after(), 204::bigint, 'the last job that is finished');
INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, created_at) VALUES ('dropped', 205, 'k', 0, 1, '{}', now());
SELECT is(pg_temp.ids_after(), 204::bigint, 'in a queue that is still there');

-- Tokens are looked for among the first thousand of each lane, and everywhere when the ids are behind, too.
CREATE FUNCTION pg_temp.tokens_after(p_id bigint) RETURNS bigint LANGUAGE sql AS $$SELECT pg_temp.set_to(p_id, 100, 1000000); SELECT pg_sequence_last_value('domainflow.job_token_seq')$$;
SELECT pg_temp.job(queue, 1000 + n, 1000 + n, priority) FROM (VALUES ('t', 0), ('u', 5)) AS v (queue, priority), generate_series(1, 1000) AS n;
SELECT pg_temp.job('t', 3000, 3000, 5, 500);
SELECT is(pg_temp.tokens_after(5000), 1048576 + 500::bigint, 'others that stand before are of another lane');
SELECT pg_temp.job('u', 3001, 3001, 5, 600);
SELECT is(pg_temp.tokens_after(5000), 1048576 + 500::bigint, 'one that is far from the beginning is not found');
SELECT is(pg_temp.tokens_after(100), 1048576 + 600::bigint, 'unless the ids are behind');
UPDATE domainflow.job SET token = 700 | (5::bigint << 45) WHERE id = 3000;
SELECT is(pg_temp.tokens_after(5000), 1048576 + 700::bigint, 'only the sequence part of a token counts');
SELECT pg_temp.set_to(5000, 1000000, 1000000);

-- What an enqueuer finds missing.
SELECT throws_ok($$SELECT domainflow._open_lane('none', 0::smallint, false)$$, 'DF301', 'there is no such queue', 'an unknown queue');
SELECT lives_ok($$SELECT domainflow._open_lane('none', 0::smallint, true)$$, 'that is to be created');
SELECT domainflow.pause_queue('u'); DELETE FROM domainflow.job_lane;
SELECT domainflow._open_lane(queue, priority::smallint, false) FROM (VALUES ('t', 0), ('t', 5), ('u', 0)) AS v (queue, priority);
SELECT results_eq('SELECT queue, priority::int, paused FROM domainflow.job_lane ORDER BY 1, 2', $$VALUES ('t', 0, false), ('t', 5, false), ('u', 0, true)$$, 'lanes are opened, paused like their queue');
SELECT domainflow._open_lane('t', 0::smallint, false);
SELECT is((SELECT count(*) FROM domainflow.job_lane), 3::bigint, 'once');
SELECT setval('domainflow.job_seq', 100); DELETE FROM domainflow.job_start; DELETE FROM domainflow.job_lane WHERE queue = 't';
SELECT domainflow._open_lane('t', 0::smallint, false);
SELECT cmp_ok(pg_sequence_last_value('domainflow.job_seq'), '>', 3001::bigint, 'the first one of all looks at the sequences');
SELECT is((SELECT count(*) FROM domainflow.job_start), 1::bigint, 'and says that it has');
SELECT setval('domainflow.job_seq', 100);
SELECT domainflow._open_lane('t', 7::smallint, false);
SELECT cmp_ok(pg_sequence_last_value('domainflow.job_seq'), '<', 3001::bigint, 'one that finds something missing does not');
SELECT domainflow._open_lane('t', 7::smallint, false);
SELECT cmp_ok(pg_sequence_last_value('domainflow.job_seq'), '>', 3001::bigint, 'one that finds nothing missing does: an id was taken');
-- As if another session dropped the queue between the look at it and the new lane.
CREATE FUNCTION pg_temp.drop_it() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN DELETE FROM domainflow.job_lane WHERE queue = NEW.queue; DELETE FROM domainflow.job_queue WHERE queue = NEW.queue; RETURN NEW; END $$;
CREATE TRIGGER drop_it BEFORE INSERT ON domainflow.job_lane FOR EACH ROW EXECUTE FUNCTION pg_temp.drop_it();
SELECT domainflow.create_queue('doomed');
SELECT throws_ok($$SELECT domainflow.enqueue_job('doomed', 'k')$$, 'DF301', NULL, 'a queue that is dropped at this moment');
SELECT * FROM finish();
ROLLBACK;
