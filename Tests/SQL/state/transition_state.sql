-- transition_state() and its relatives: every answer, the events, history and replay.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(52);
CREATE FUNCTION public.only_rich(p_machine text, p_entity_id text, p_from text, p_to text, p_context jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$SELECT (p_context ->> 'money')::int > 10$$;
CREATE FUNCTION public.why_not(p_machine text, p_entity_id text, p_from text, p_to text, p_context jsonb) RETURNS text
LANGUAGE sql STABLE AS $$SELECT CASE WHEN p_context ? 'key' THEN NULL ELSE p_entity_id || ' has no key from ' || p_from || ' to ' || p_to END$$;
SELECT is(domainflow.define_state_machine('door', '{"initial": "shut", "states": {"shut": {}, "open": {}, "sold": {"terminal": true}},
    "transitions": [{"from": "shut", "to": "open"}, {"from": "open", "to": "shut", "guard": "public.why_not"},
                    {"from": "open", "to": "sold", "guard": "public.only_rich"}, {"from": "open", "to": "open"}]}'), 1, 'a machine');

SELECT is(domainflow.create_state_instance('door', '1', 'ann', '{"c": 1}'), ROW(true, NULL, 'shut', 1, NULL, NULL)::domainflow.transition_result, 'created');
SELECT is((domainflow.create_state_instance('door', '1')).error_code, 'RES_ALREADY_EXISTS', 'created twice');
SELECT is((domainflow.create_state_instance('gate', '1')).error_code, 'RES_NOT_FOUND', 'an unknown machine');
SELECT throws_ok($$SELECT domainflow.create_state_instance('door', NULL)$$, 'DF202', NULL, 'no entity id');
SELECT throws_ok($$SELECT domainflow.create_state_instance(NULL, '1')$$, 'DF202', NULL, 'no machine');

PREPARE go AS SELECT * FROM domainflow.transition_state('door', $1, $2, $3, $4, $5, $6);
SELECT results_eq($$EXECUTE go('1', 'open', NULL, 'bob', 'fresh air', '{"c": 2}')$$,
                  $$VALUES (true, 'shut', 'open', 2::bigint, NULL::text, NULL::text)$$, 'an allowed transition');
SELECT results_eq($$EXECUTE go('1', 'open', 2, NULL, NULL, NULL)$$, $$VALUES (true, 'open', 'open', 3::bigint, NULL::text, NULL::text)$$,
                  'a transition to the same state, with the expected version');
SELECT results_eq($$EXECUTE go('1', 'open', 2, NULL, NULL, NULL)$$,
                  $$VALUES (false, 'open', 'open', NULL::bigint, 'RES_VERSION_CONFLICT', 'version conflict on door 1: expected 2, found 3')$$, 'an old version');
SELECT results_eq($$EXECUTE go('1', 'lost', NULL, NULL, NULL, NULL)$$, $$VALUES (false, 'open', 'lost', NULL::bigint, 'BIZ_INVALID_TRANSITION',
                  'door 1 cannot go from open to lost, only to: open, shut, sold')$$, 'a transition that is not there');
SELECT results_eq($$EXECUTE go('1', 'shut', NULL, NULL, NULL, '{}')$$, $$VALUES (false, 'open', 'shut', NULL::bigint, 'BIZ_GUARD_REJECTED',
                  '1 has no key from open to shut')$$, 'a guard that gives its reason');
SELECT results_eq($$EXECUTE go('1', 'sold', NULL, NULL, NULL, '{"money": 5}')$$, $$VALUES (false, 'open', 'sold', NULL::bigint,
                  'BIZ_GUARD_REJECTED', 'guard public.only_rich refused')$$, 'a guard that says false');
SELECT results_eq($$EXECUTE go('1', 'sold', NULL, NULL, NULL, NULL)$$, $$VALUES (false, 'open', 'sold', NULL::bigint,
                  'BIZ_GUARD_REJECTED', 'guard public.only_rich refused')$$, 'a guard that says null refuses');
SELECT results_eq($$EXECUTE go('9', 'open', NULL, NULL, NULL, NULL)$$, $$VALUES (false, NULL::text, 'open', NULL::bigint, 'RES_NOT_FOUND',
                  'machine door has no entity 9')$$, 'an unknown entity');
SELECT is((SELECT count(*) FROM domainflow.state_event WHERE machine = 'door'), 3::bigint, 'refusals write nothing');
SELECT results_eq($$SELECT (v).success, (v).to_state, (v).new_version FROM (SELECT domainflow.validate_transition('door', '1', 'sold', 3, '{"money": 11}') AS v) AS x$$,
                  $$VALUES (true, 'sold', 4::bigint)$$, 'validation says what would happen');
SELECT is((domainflow.validate_transition('door', '1', 'lost')).error_code, 'BIZ_INVALID_TRANSITION', 'validation gives the reason');
SELECT is((domainflow.validate_transition('door', '9', 'open')).error_code, 'RES_NOT_FOUND', 'validation of an unknown entity');
SELECT is((SELECT version FROM domainflow.state_instance WHERE machine = 'door' AND entity_id = '1'), 3::bigint, 'validation changes nothing');
SELECT results_eq($$EXECUTE go('1', 'shut', NULL, NULL, NULL, '{"key": 1}')$$, $$VALUES (true, 'open', 'shut', 4::bigint, NULL::text, NULL::text)$$,
                  'a guard that allows');
SELECT ok((domainflow.transition_state('door', '1', 'open')).success, 'and open again');
SELECT ok((domainflow.transition_state('door', '1', 'sold', p_context => '{"money": 11}')).success, 'a guard that says true');
SELECT is((domainflow.transition_state('door', '1', 'open')).error_code, 'BIZ_TERMINAL_STATE', 'nothing leads out of a terminal state');
SELECT throws_ok($$SELECT domainflow.transition_state(NULL, '1', 'open')$$, 'DF202', NULL, 'no machine');
SELECT throws_ok($$SELECT domainflow.transition_state('door', NULL, 'open')$$, 'DF202', NULL, 'no entity');
SELECT throws_ok($$SELECT domainflow.transition_state('door', '1', NULL)$$, 'DF202', NULL, 'no target');

SELECT results_eq($$SELECT version, from_state, to_state, actor, reason, context, transaction_id FROM domainflow.state_history('door', '1')$$,
    $$VALUES (1::bigint, NULL, 'shut', 'ann', NULL, '{"c": 1}'::jsonb, pg_current_xact_id()), (2, 'shut', 'open', 'bob', 'fresh air', '{"c": 2}', pg_current_xact_id()),
             (3, 'open', 'open', NULL, NULL, NULL, pg_current_xact_id()), (4, 'open', 'shut', NULL, NULL, '{"key": 1}', pg_current_xact_id()),
             (5, 'shut', 'open', NULL, NULL, NULL, pg_current_xact_id()), (6, 'open', 'sold', NULL, NULL, '{"money": 11}', pg_current_xact_id())$$,
    'history: one event a version, without a gap');
SELECT is_empty($$SELECT * FROM domainflow.state_history('door', '9')$$, 'no history');
SELECT is(s.state, e.to_state, 'replay to version ' || e.version)
  FROM domainflow.state_event AS e CROSS JOIN LATERAL domainflow.state_at('door', '1', e.occurred_at) AS s WHERE e.machine = 'door' ORDER BY e.version;
SELECT row_eq($$SELECT state, version FROM domainflow.state_at('door', '1', 'infinity')$$, ROW('sold'::text, 6::bigint), 'replay to the end');
SELECT row_eq($$SELECT state, version FROM domainflow.state_at('door', '1', '2000-01-01')$$, ROW(NULL::text, NULL::bigint), 'replay to before the beginning');

SELECT throws_ok('UPDATE domainflow.state_event SET reason = NULL', 'DF705', NULL, 'events are never changed');
SELECT throws_ok('DELETE FROM domainflow.state_event', 'DF705', NULL, 'nor deleted');
SELECT throws_ok('TRUNCATE domainflow.state_event', 'DF705', NULL, 'nor truncated');
SELECT throws_ok($$INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state) VALUES ('door', '1', 6, 'open', 'shut')$$,
                 '23505', NULL, 'a version has one event');
INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state) VALUES ('door', '1', 8, 'sold', 'open');
SELECT throws_ok($$SELECT domainflow.state_at('door', '1', 'infinity')$$, 'DF706', NULL, 'a gap in the events is found');
INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state) VALUES ('door', '1', 7, 'shut', 'sold');
SELECT throws_ok($$SELECT domainflow.state_at('door', '1', 'infinity')$$, 'DF706', NULL, 'a broken chain is found');

SET LOCAL session_replication_role = replica;
SELECT throws_ok('DELETE FROM domainflow.state_event', 'DF705', NULL, 'events are never deleted, as a replica neither');
SELECT throws_ok('SELECT domainflow.validate_transition(' || args || ')', 'DF202', NULL, 'as transition_state: ' || args)
  FROM unnest(ARRAY[$$NULL, '1', 'b'$$, $$'m', NULL, 'b'$$, $$'m', '1', NULL$$]) AS a (args);
RESET ROLE;
CREATE TEMP TABLE large AS SELECT jsonb_build_object('x', repeat('x', 2000000)) AS value;
SELECT throws_ok($$SELECT domainflow.transition_state('m', '1', 'b', p_context => value) FROM large$$, 'DF204', NULL, 'a large context that is stored compressed');
SELECT throws_ok($$SELECT domainflow.transition_states('m', '{1}', '{b}', p_context => value) FROM large$$, 'DF204', NULL, 'in a batch');
SELECT throws_ok($$SELECT domainflow.create_state_instance('m', '1', p_context => value) FROM large$$, 'DF204', NULL, 'for a new entity');
-- What a DBA can do, and what is said then.
SELECT domainflow.define_state_machine('orphan', '{"initial": "a", "states": {"a": {"terminal": true}}, "transitions": []}') AS revision \gset
SELECT ok((domainflow.create_state_instance('orphan', '1')).success, 'an entity');
DELETE FROM domainflow.state_instance WHERE machine = 'orphan';
SELECT throws_ok($$SELECT domainflow.create_state_instance('orphan', '1')$$, 'DF706', NULL, 'that was deleted by hand keeps its events');
SELECT is_empty($$SELECT FROM domainflow.state_instance WHERE machine = 'orphan'$$, 'and is not begun anew');

SELECT * FROM finish();
ROLLBACK;
