-- Where rows lie in their tables does not matter: events are read by version, those of one entity in one machine, ways out by
-- name, and a batch is answered in its own order.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(11);
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
SET LOCAL enable_bitmapscan = off;
-- Batches are joined in the order of ids.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_nestloop = off;
-- Version n of m/e happened at n o'clock, and those of the others an hour earlier; the last one was written first.
INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state, occurred_at)
SELECT o.machine, o.entity, n, CASE WHEN n > 1 THEN 's' || n - 1 END, 's' || n, o.midnight + n * interval '1 hour'
  FROM generate_series(4, 1, -1) AS n
 CROSS JOIN (VALUES ('m', 'e', timestamptz '2026-01-01 00:00:00+00'), ('n', 'e', '2025-12-31 23:00:00+00'), ('m', 'f', '2025-12-31 23:00:00+00'))
       AS o (machine, entity, midnight)
 WHERE n < 4 OR o.machine || o.entity <> 'me';

SELECT results_eq($$SELECT machine, entity_id, version, from_state, to_state FROM domainflow.state_history('m', 'e')$$,
                  $$VALUES ('m', 'e', 1::bigint, NULL, 's1'), ('m', 'e', 2, 's1', 's2'), ('m', 'e', 3, 's2', 's3')$$, 'history');
SELECT row_eq(format($$SELECT * FROM domainflow.state_at('m', 'e', '2026-01-01 00:00:00+00'::timestamptz + %L)$$, a.passed),
              ROW('s' || a.version, a.version, '2026-01-01 00:00:00+00'::timestamptz + a.version * interval '1 hour'), 'replay up to version ' || a.version)
  FROM (VALUES (interval '1 hour', 1::bigint), ('2 hours 59 minutes', 2), ('3 hours', 3), ('1 year', 3)) AS a (passed, version);
SELECT row_eq($$SELECT * FROM domainflow.state_at('m', 'e', '2026-01-01 00:59:59+00')$$, ROW(NULL::text, NULL::bigint, NULL::timestamptz),
              'it did not exist yet, when others did');

SELECT domainflow.define_state_machine('hub', '{"initial": "hub", "states": {"hub": {}, "e": {}, "b": {}, "d": {}, "a": {}, "c": {}}, "transitions": [
           {"from": "hub", "to": "e"}, {"from": "hub", "to": "b"}, {"from": "hub", "to": "d"}, {"from": "hub", "to": "a"}, {"from": "hub", "to": "c"},
           {"from": "a", "to": "hub"}, {"from": "b", "to": "hub"}, {"from": "c", "to": "hub"}, {"from": "d", "to": "hub"}, {"from": "e", "to": "hub"}]}') AS revision \g /dev/null
SELECT domainflow.create_state_instance('hub', '1') AS created \g /dev/null
SELECT is((domainflow.transition_state('hub', '1', 'z')).error_message,
          'hub 1 cannot go from hub to z, only to: a, b, c, d, e', 'ways out come by name');
SELECT is((domainflow.create_state_instance('hub', id)).success, true, 'hub ' || id) FROM unnest('{2,3,4}'::text[]) AS id;
SELECT results_eq($$SELECT success, to_state FROM domainflow.transition_states('hub', '{3,1,9,4,2}', '{c,a,e,d,b}')$$,
                  $$VALUES (true, 'c'), (true, 'a'), (false, 'e'), (true, 'd'), (true, 'b')$$, 'answers of a batch come in the order of the call');

SELECT * FROM finish();
ROLLBACK;
