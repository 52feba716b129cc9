-- Machines with the same states, and with entities of the same ids, do not touch each other.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(22);
-- Two rows where one is expected are an error of the function then, instead of one of the two.
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
CREATE FUNCTION public.says_yes(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
-- Both go from off to on; gone is the end of the left machine only.
CREATE FUNCTION pg_temp.left(p_transitions jsonb DEFAULT '[]') RETURNS integer LANGUAGE sql AS $$
    SELECT domainflow.define_state_machine('left', jsonb_build_object('initial', 'off',
        'states', '{"off": {}, "on": {}, "gone": {"terminal": true}}'::jsonb,
        'transitions', '[{"from": "off", "to": "on"}, {"from": "on", "to": "gone", "guard": "public.says_yes"}]'::jsonb || p_transitions))
$$;
SELECT is(domainflow.define_state_machine('right', '{"initial": "off", "states": {"off": {}, "on": {}, "gone": {}, "idle": {}}, "transitions": [
              {"from": "off", "to": "on"}, {"from": "off", "to": "idle"}, {"from": "on", "to": "idle"}, {"from": "idle", "to": "on"},
              {"from": "on", "to": "gone"}, {"from": "gone", "to": "off"}]}'), 1, 'the right machine');
SELECT is(pg_temp.left(), 1, 'the left machine');
SELECT is((domainflow.create_state_instance(m.machine, id)).to_state, 'off', format('%s %s', m.machine, id))
  FROM (VALUES (1, 'right'), (2, 'left')) AS m (place, machine), unnest('{1,2}'::text[]) AS id;
-- The states of all four, by machine and id.
CREATE FUNCTION pg_temp.are(p_states text, p_what text) RETURNS text LANGUAGE sql AS $$
    SELECT is((SELECT string_agg(i.machine || i.entity_id || ' ' || i.state || i.version, ', ' ORDER BY i.machine, i.entity_id)
                 FROM domainflow.state_instance AS i WHERE i.machine IN ('left', 'right')), p_states, p_what)
$$;

SELECT is((domainflow.transition_state('left', '1', 'idle')).error_code, 'BIZ_INVALID_TRANSITION', 'a way that only the other machine has');
SELECT is((domainflow.transition_state('left', '1', 'on')).new_version, 2::bigint, 'a way that both have');
SELECT pg_temp.are('left1 on2, left2 off1, right1 off1, right2 off1', 'moves one entity of one machine');
SELECT is((domainflow.transition_state('left', '1', 'off')).error_message,
          'left 1 cannot go from on to off, only to: gone', 'the ways out are those of one machine');
SELECT is(domainflow.create_state_instance('left', '1'),
          ROW(false, NULL, 'on', 2, 'RES_ALREADY_EXISTS', 'machine left has entity 1 already')::domainflow.transition_result,
          'where the entity of this machine is');
SELECT is(domainflow.validate_transition(a.machine, '1', 'gone'), a.answer, 'the answer of the machine on the ' || a.machine)
  FROM (VALUES ('left', ROW(true, 'on', 'gone', 3, NULL, NULL)::domainflow.transition_result),
               ('right', ROW(false, 'off', 'gone', NULL, 'BIZ_INVALID_TRANSITION', 'right 1 cannot go from off to gone, only to: idle, on')::domainflow.transition_result))
       AS a (machine, answer);
SELECT is((domainflow.transition_state('left', '1', 'gone')).new_version, 3::bigint, 'a way with a guard');
SELECT pg_temp.are('left1 gone3, left2 off1, right1 off1, right2 off1', 'moves one entity of one machine, too');
SELECT is((domainflow.transition_state('left', '1', 'idle')).error_code, 'BIZ_TERMINAL_STATE', 'gone is the end of the left one');

SELECT results_eq($$SELECT success, from_state, to_state, new_version FROM domainflow.transition_states('right', '{2,1}', '{on,on}')$$,
                  $$VALUES (true, 'off', 'on', 2::bigint), (true, 'off', 'on', 2)$$, 'a batch has one answer for each id');
SELECT pg_temp.are('left1 gone3, left2 off1, right1 on2, right2 on2', 'and moves entities of one machine');
SELECT results_eq($$SELECT success FROM domainflow.transition_states('right', '{1,2}', '{gone,idle}')$$, ARRAY[true, true], 'another one');
SELECT is((domainflow.transition_state('right', '1', 'idle')).error_code, 'BIZ_INVALID_TRANSITION', 'gone is not the end of the right one');

-- A definition changes one machine.
CREATE TEMPORARY TABLE before AS
SELECT s.machine, to_jsonb(s) AS content FROM domainflow.state AS s UNION ALL SELECT t.machine, to_jsonb(t) FROM domainflow.state_transition AS t
 UNION ALL SELECT m.machine, to_jsonb(m) FROM domainflow.state_machine AS m;
SELECT is(pg_temp.left('[{"from": "on", "to": "off"}]'), 2, 'the left machine is changed');
SELECT bag_eq($$SELECT s.machine, to_jsonb(s) FROM domainflow.state AS s WHERE s.machine <> 'left'
                UNION ALL SELECT t.machine, to_jsonb(t) FROM domainflow.state_transition AS t WHERE t.machine <> 'left'
                UNION ALL SELECT m.machine, to_jsonb(m) FROM domainflow.state_machine AS m WHERE m.machine <> 'left'$$,
              $$SELECT * FROM before WHERE machine <> 'left'$$, 'the others stay as they are');

SELECT * FROM finish();
ROLLBACK;
