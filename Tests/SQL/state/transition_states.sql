-- transition_states(): answers in input order, each row by itself, malformed batches as a whole.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(18);
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
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1}', '{off}', '{1,2}')$$, 'DF201', NULL, 'too many versions');
SELECT throws_ok($$SELECT domainflow.transition_states(NULL, '{1}', '{off}')$$, 'DF202', NULL, 'no machine');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', NULL, '{off}')$$, 'DF202', NULL, 'no ids');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1}', NULL)$$, 'DF202', NULL, 'no targets');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', ARRAY[NULL], '{off}')$$, 'DF202', NULL, 'a null id');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{1}', ARRAY[NULL])$$, 'DF202', NULL, 'a null target');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', '{{1},{2}}', '{{on},{on}}')$$, 'DF201', NULL, 'arrays of two dimensions');

SELECT * FROM finish();
ROLLBACK;
