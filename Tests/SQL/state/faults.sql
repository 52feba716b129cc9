-- What is wrong with a definition is found if nothing else is wrong, and found once if it is wrong twice.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(30);
-- Two rows where one is expected are an error of the function then, which hides its answer.
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
CREATE FUNCTION pg_temp.define(p_change jsonb, p_machine text DEFAULT 'm') RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT domainflow.define_state_machine(%L, %L)', p_machine, jsonb_strip_nulls(
        '{"initial": "a", "states": {"a": {}, "b": {}, "c": {"terminal": true}}, "transitions": [
            {"from": "b", "to": "a"}, {"from": "a", "to": "b"}, {"from": "b", "to": "c"}]}' || p_change))
$$;
CREATE FUNCTION pg_temp.refuses(p_change jsonb, p_code text, p_fault text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(pg_temp.define(p_change), p_code, NULL, p_code || ': ' || p_fault)
$$;
SELECT lives_ok(pg_temp.define('{}', 'right'), 'nothing is wrong');
SELECT throws_ok(pg_temp.define('{}', name), 'DF201', NULL, 'no name of a machine: ' || to_json(name))
  FROM unnest(ARRAY['', 'Name', 'a name', '1a', '_a', 'a-b', E'a\nb']) AS bad (name);
SELECT pg_temp.refuses(f.change, f.code, f.fault)
  FROM (VALUES
    ('{"initial": null}'::jsonb, 'DF201', 'no initial state'), ('{"initial": "z"}', 'DF201', 'an initial state that does not exist'),
    ('{"initial": 1, "states": {"1": {"terminal": true}}, "transitions": []}', 'DF201', 'an initial state that is no string'),
    ('{"states": null}', 'DF201', 'no states'), ('{"states": ["a", "b", "c"]}', 'DF201', 'states that are no object'),
    ('{"transitions": null}', 'DF201', 'no transitions'), ('{"transitions": {}}', 'DF201', 'transitions that are no object'),
    ('{"states": {"a": 1, "b": {}, "c": {"terminal": true}}}', 'DF201', 'a state that is no object'),
    ('{"states": {"a": {"terminal": 1}, "b": {}, "c": {"terminal": true}}}', 'DF201', 'terminal that is no boolean'),
    ('{"transitions": [{"to": "a"}, {"from": "a", "to": "b"}, {"from": "b", "to": "c"}]}', 'DF201', 'a transition from nowhere'),
    ('{"transitions": [{"from": "b"}, {"from": "a", "to": "b"}, {"from": "b", "to": "c"}]}', 'DF201', 'a transition to nowhere'),
    ('{"initial": "1", "states": {"1": {}}, "transitions": [{"from": "1", "to": "1"}, {"from": 1, "to": "1"}]}', 'DF201', 'from that is no string')
  ) AS f (change, code, fault);
SELECT pg_temp.refuses(f.change, f.code, 'twice ' || f.fault)
  FROM (VALUES
    ('{"x": 1, "y": 2}'::jsonb, 'DF203', 'an unknown key'),
    ('{"states": {"a": {"final": true}, "b": {"end": true}, "c": {}}}', 'DF203', 'an unknown key in a state'),
    ('{"transitions": [{"form": "a"}, {"form": "b"}]}', 'DF203', 'an unknown key in a transition'),
    ('{"states": {"a": 1, "b": 2, "c": {}}}', 'DF201', 'a state that is no object'),
    ('{"transitions": [{"from": "b", "to": "a"}, {"from": "b", "to": "y"}, {"from": "b", "to": "z"}, {"from": "a", "to": "b"}]}', 'DF201',
     'a transition to an unknown state, between two that are right'),
    ('{"transitions": [{"from": "c", "to": "a"}]}', 'DF201', 'a state without a way out')
  ) AS f (change, code, fault);
SELECT throws_like(pg_temp.define('{"initial": "c", "states": {"c": {}, "bb": {}, "aaa": {"terminal": true}}, "transitions": []}'), '%''bb''%',
                   'of two states without a way out the first by name is shown');
SELECT throws_ok(format('SELECT domainflow.define_state_machine(''m'', %L, NULL)', '{"initial": "a", "states": {"a": {}}}'::jsonb || ways), 'DF201', NULL,
                 'a wrong definition is refused before a null flag: ' || ways::text)
  FROM (VALUES ('{"transitions": []}'::jsonb), ('{"transitions": [{"from": "a", "to": "a", "guard": 1}]}')) AS t (ways);
SELECT is_empty($$SELECT FROM domainflow.state_machine WHERE machine = 'm'$$, 'nothing of them stays');

SELECT * FROM finish();
ROLLBACK;
