-- define_state_machine(): what it takes, what it refuses, and what a change may not do to entities under way.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(47);
CREATE FUNCTION pg_temp.machine(p_states jsonb, p_transitions jsonb, p_initial text DEFAULT 'a') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('initial', p_initial, 'states', p_states, 'transitions', p_transitions)
$$;
CREATE FUNCTION public.says_yes(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION public."Says Why"(text, text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE FUNCTION public.writes(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT true';

SELECT is(domainflow.define_state_machine('t', pg_temp.machine('{"a": {}, "b": {"terminal": true}}', '[{"from": "a", "to": "b"}]')), 1,
          'a first definition is revision 1');
SELECT is(domainflow.define_state_machine('t', pg_temp.machine('{"a": {}, "b": {"terminal": true}}', '[{"from": "a", "to": "b"}]')), 1,
          'the same again changes nothing');
SELECT results_eq($$SELECT state, initial, terminal FROM domainflow.state WHERE machine = 't' ORDER BY state$$,
                  $$VALUES ('a', true, false), ('b', false, true)$$, 'its states');
SELECT is(domainflow.define_state_machine('t', pg_temp.machine('{"a": {}, "b": {"terminal": false}, "c": {"terminal": true}}',
              $$[{"from": "a", "to": "b", "guard": "public.says_yes"}, {"from": "b", "to": "c", "guard": "public.\"Says Why\""},
                {"from": "b", "to": "b", "guard": null}]$$)), 2, 'a change is revision 2');
SELECT results_eq($$SELECT from_state, to_state, guard, guard_gives_reason FROM domainflow.state_transition WHERE machine = 't' ORDER BY 1, 2$$,
                  $$VALUES ('a', 'b', 'public.says_yes', false), ('b', 'b', NULL, false), ('b', 'c', 'public."Says Why"', true)$$,
                  'its transitions and guards');

SELECT throws_ok(format('SELECT domainflow.define_state_machine(%L, %L)', name, definition), code, NULL, what)
  FROM (VALUES
    ('x', NULL, 'DF202', 'no definition'),
    (NULL, '{}', 'DF202', 'no name'),
    ('No Name', '{}', 'DF201', 'a name that is no name'),
    ('x', '[]', 'DF201', 'not an object'),
    ('x', '{"states": {"a": {}}, "transitions": []}', 'DF201', 'no initial state'),
    ('x', '{"initial": "a", "states": [], "transitions": []}', 'DF201', 'states that are no object'),
    ('x', '{"initial": "a", "states": {}, "transitions": {}}', 'DF201', 'transitions that are no array'),
    ('x', '{"initial": "z", "states": {"a": {}}, "transitions": []}', 'DF201', 'an initial state that does not exist'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [], "extra": 1}', 'DF203', 'an unknown key'),
    ('x', '{"initial": "a", "states": {"a": {"final": true}}, "transitions": []}', 'DF203', 'an unknown key in a state'),
    ('x', '{"initial": "a", "states": {"a": {"terminal": true}}, "transitions": [{"form": "a"}]}', 'DF203', 'an unknown key in a transition'),
    ('x', '{"initial": "a", "states": {"a": 1}, "transitions": []}', 'DF201', 'a state that is no object'),
    ('x', '{"initial": "a", "states": {"a": {"terminal": "yes"}}, "transitions": []}', 'DF201', 'terminal that is no boolean'),
    ('x', '{"initial": "a", "states": {"a": {"terminal": true}}, "transitions": [1]}', 'DF201', 'a transition that is no object'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [{"from": "a"}]}', 'DF201', 'a transition to nowhere'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [{"from": "a", "to": "z"}]}', 'DF201', 'a transition to an unknown state'),
    ('x', '{"initial": "a", "states": {"a": {"terminal": true}}, "transitions": [{"from": "a", "to": "a"}]}', 'DF201', 'out of a terminal state'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [{"from": "a", "to": "a"}, {"from": "a", "to": "a"}]}', 'DF201', 'one twice'),
    ('x', '{"initial": "a", "states": {"a": {}, "b": {}}, "transitions": [{"from": "a", "to": "b"}]}', 'DF201', 'no way out of b'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [{"from": "a", "to": "a", "guard": "public.none"}]}', 'DF201', 'no such guard'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [{"from": "a", "to": "a", "guard": "public.writes"}]}', 'DF201',
     'a guard that may write'),
    ('x', '{"initial": "a", "states": {"a": {}}, "transitions": [{"from": "a", "to": "a", "guard": 1}]}', 'DF201', 'a guard that is no name')
  ) AS bad (name, definition, code, what);
SELECT is_empty($$SELECT FROM domainflow.state_machine WHERE machine = 'x'$$, 'nothing of them stays');

SELECT ok((domainflow.create_state_instance('t', '1')).success, 'an entity in state a');
SELECT throws_ok($$SELECT domainflow.define_state_machine('t', '{"initial": "b", "states": {"b": {"terminal": true}}, "transitions": []}')$$,
                 'DF706', NULL, 'a state in which an entity is cannot go');
SELECT is(domainflow.define_state_machine('t', pg_temp.machine('{"a": {}, "z": {"terminal": true}}', '[{"from": "a", "to": "z"}]')), 3,
          'states in which nobody is can go');
SELECT ok((domainflow.transition_state('t', '1', 'z')).success, 'the entity goes the new way');
SELECT is(domainflow.define_state_machine('t', '{"initial": "z", "states": {"z": {"terminal": true}}, "transitions": []}'), 4,
          'now the old state can go');

SELECT is(domainflow.define_state_machine('b', '{"initial": "z", "states": {"z": {"terminal": true}}, "transitions": []}', true), 1, 'a built-in machine');
SELECT is(domainflow.define_state_machine('b', '{"initial": "z", "states": {"z": {"terminal": true}}, "transitions": []}'), 1, 'may be repeated by anybody');
SELECT throws_ok($$SELECT domainflow.define_state_machine('b', '{"initial": "y", "states": {"y": {"terminal": true}}, "transitions": []}')$$,
                 'DF201', NULL, 'but not changed');
SELECT is(domainflow.define_state_machine('b', '{"initial": "y", "states": {"y": {"terminal": true}}, "transitions": []}', true), 2,
          'except by a step');

SELECT throws_ok($$SELECT domainflow.define_state_machine('b', '{"initial": "y", "states": {"y": {"terminal": true}}, "transitions": []}', NULL)$$,
                 'DF202', NULL, 'a null flag');

SELECT results_eq($$SELECT state, initial, retired FROM domainflow.state WHERE machine = 't' ORDER BY state$$,
                  $$VALUES ('a', false, true), ('b', false, true), ('c', false, true), ('z', true, false)$$, 'states that went are retired');
SELECT results_eq($$SELECT from_state, to_state FROM domainflow.state_transition WHERE machine = 't' ORDER BY 1, 2$$,
                  $$VALUES ('a', 'z'), ('b', 'b'), ('b', 'c')$$, 'with their ways out');
UPDATE domainflow.state_instance SET state = 'a' WHERE machine = 't';
SELECT ok((domainflow.transition_state('t', '1', 'z')).success, 'so an entity that a transition under way left there can go on');
SELECT is(domainflow.define_state_machine('t', pg_temp.machine('{"z": {"terminal": true}, "a": {}}', '[{"from": "a", "to": "a"}, {"from": "a", "to": "z"}]')), 5,
          'a retired state may come back');
SELECT results_eq($$SELECT to_state FROM domainflow.state_transition WHERE machine = 't' AND from_state = 'a' ORDER BY 1$$, $$VALUES ('a'), ('z')$$,
                  'with the ways out that it has then');
SELECT is((SELECT state FROM domainflow.state WHERE machine = 't' AND initial), 'a', 'as the initial one');

CREATE ROLE deployer;
GRANT domainflow_owner TO deployer;
SET LOCAL ROLE deployer;
SELECT domainflow.define_state_machine('mine', '{"initial": "z", "states": {"z": {"terminal": true}}, "transitions": []}') AS revision \gset
SELECT throws_ok($$SELECT domainflow.define_state_machine('b', '{"initial": "z", "states": {"z": {"terminal": true}}, "transitions": []}', true)$$,
                 'DF102', NULL, 'a deployer changes no built-in machine');
RESET ROLE;
SELECT is(:revision, 1, 'but defines its own');
RESET ROLE;
SELECT throws_ok($$SELECT domainflow.define_state_machine('nameless', '{"initial": "", "states": {"": {"terminal": true}}, "transitions": []}')$$, 'DF201', NULL,
                 'a state without a name');

SELECT * FROM finish();
ROLLBACK;
