-- transition_states(): answers in input order, each row by itself, malformed batches as a whole.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(30);
SELECT is(domainflow.define_state_machine('lamp', '{"initial": "off", "states": {"off": {}, "on": {}, "gone": {"terminal": true}},
    "transitions": [{"from": "off", "to": "on"}, {"from": "on", "to": "off"}, {"from": "on", "to": "gone"}]}'), 1, 'a machine');
SELECT ok((domainflow.create_state_instance('lamp', i::text)).success, 'lamp ' || i) FROM generate_series(1, 3) AS i;

SELECT results_eq($$SELECT success, from_state, to_state, new_version, error_code FROM domainflow.transition_states('lamp', '{3,9,1,2}', '{on,on,gone,on}')$$,
    $$VALUES (true, 'off', 'on', 2::bigint, NULL), (false, NULL, 'on', NULL, 'RES_NOT_FOUND'),
             (false, 'off', 'gone', NULL, 'BIZ_INVALID_TRANSITION'), (true, 'off', 'on', 2, NULL)$$, 'answers come in the order of the ids');
SELECT results_eq($$SELECT success, error_code FROM domainflow.transition_states('lamp', '{1,2,3}', '{on,off,gone}', ARRAY[1, 1, NULL], 'ann', 'night', '{"b": 1}')$$,
    $$VALUES (true, NULL), (false, 'RES_VERSION_CONFLICT'), (true, NULL)$$, 'expected versions, null for any');
SELECT results_eq($$SELECT entity_id, state, version FROM domainflow.state_instance WHERE machine = 'lamp' ORDER BY 1$$,
    $$VALUES ('1', 'on', 2::bigint), ('2', 'on', 2), ('3', 'gone', 3)$$, 'what changed');
SELECT results_eq($$SELECT entity_id, version, from_state, to_state, actor, reason, context FROM domainflow.state_event
                     WHERE machine = 'lamp' AND actor = 'ann' ORDER BY 1$$,
    $$VALUES ('1', 2::bigint, 'off', 'on', 'ann', 'night', '{"b": 1}'::jsonb), ('3', 3, 'on', 'gone', 'ann', 'night', '{"b": 1}')$$,
    'one event for each that moved');
SELECT is_empty($$SELECT * FROM domainflow.transition_states('lamp', '{}', '{}')$$, 'an empty batch');

SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1,1}', '{off,on}')$$, 'DF201', NULL, 'an id that occurs twice');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1,2}', '{off}')$$, 'DF201', NULL, 'too few targets');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{{1,2}}', '{off,on}')$$, 'DF201', 'the arrays of the batch must have one dimension', 'a matrix of ids');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1,2}', '{{off,on}}')$$, 'DF201', 'the arrays of the batch must have one dimension', 'a matrix of targets');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1}', '{off}', '{1,2}')$$, 'DF201', NULL, 'too many versions');
SELECT throws_ok($$SELECT domainflow.transition_states(NULL, '{1}', '{off}')$$, 'DF202', NULL, 'no machine');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', NULL, '{off}')$$, 'DF202', NULL, 'no ids');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1}', NULL)$$, 'DF202', NULL, 'no targets');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', ARRAY[NULL], '{off}')$$, 'DF202', NULL, 'a null id');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1}', ARRAY[NULL])$$, 'DF202', NULL, 'a null target');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{{1},{2}}', '{{on},{on}}')$$, 'DF201', NULL, 'arrays of two dimensions');
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1,1,2,2}', '{off,off,off,off}')$$, 'DF201', NULL, 'two ids that occur twice');
RESET plpgsql.extra_errors;

-- A row that is locked names its locker, here the transaction of this test.
CREATE FUNCTION public.is_locked(p_machine text, p_entity_id text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'not locked' FROM domainflow.state_instance AS i WHERE i.machine = p_machine AND i.entity_id = p_entity_id AND i.xmax::text = '0'
$$;
SELECT is(domainflow.define_state_machine('safe', '{"initial": "shut", "states": {"shut": {}, "open": {"terminal": true}},
    "transitions": [{"from": "shut", "to": "open", "guard": "public.is_locked"}]}'), 1, 'a machine whose guard looks for the lock');
SELECT ok((domainflow.create_state_instance('safe', i::text)).success, 'safe ' || i) FROM generate_series(1, 4) AS i;
SELECT is((domainflow.validate_transition('safe', '1', 'open')).error_message, 'not locked', 'a validation locks nothing');
SELECT is((domainflow.transition_state('safe', '1', 'open')).error_message, NULL, 'an entity is locked before its guard judges');
SELECT results_eq($$SELECT error_message FROM domainflow.transition_states('safe', '{3,2}', '{open,open}')$$, ARRAY[NULL, NULL]::text[],
                  'all entities of a batch are locked before their guards judge');
SELECT is((domainflow.validate_transition('safe', '4', 'open')).error_message, 'not locked', 'and no other ones');

SELECT * FROM finish();
ROLLBACK;
