-- Bounds of definitions, transitions and batches: what is at a limit passes, what is beyond it is refused.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(32);
-- A JSON object of exactly that many bytes.
CREATE FUNCTION pg_temp.wide(p_bytes integer, p_object jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT p_object || jsonb_build_object('the last key', repeat('x', p_bytes - pg_column_size(p_object || '{"the last key": ""}')))
$$;
-- Machines of that many states, of that many transitions that are none, and with a state's name of that many characters.
CREATE FUNCTION pg_temp.states(p_count integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('initial', 's1', 'transitions', '[]'::jsonb,
                              'states', jsonb_object_agg('s' || n, '{"terminal": true}'::jsonb)) FROM generate_series(1, p_count) AS n
$$;
CREATE FUNCTION pg_temp.transitions(p_count integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_temp.states(1) || jsonb_build_object('transitions', jsonb_agg(n)) FROM generate_series(1, p_count) AS n
$$;
CREATE FUNCTION pg_temp.named(p_characters integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('initial', s.name, 'states', jsonb_build_object(s.name, '{"terminal": true}'::jsonb), 'transitions', '[]'::jsonb)
      FROM repeat(chr(228), p_characters) AS s (name)
$$;
SELECT lives_ok(format('SELECT domainflow.define_state_machine(%s)', a.arguments), a.what || ' at its limit')
  FROM (VALUES ($$repeat('m', 63), pg_temp.states(1)$$, 'the name of a machine'), ($$'many', pg_temp.states(2000)$$, 'the number of states'),
               ($$'long', pg_temp.named(200)$$, 'the name of a state')) AS a (arguments, what);
SELECT throws_ok(format('SELECT domainflow.define_state_machine(%s)', r.arguments), r.code, NULL, r.what)
  FROM (VALUES ($$repeat('m', 64), pg_temp.states(1)$$, 'DF201', 'the name of a machine beyond its limit'),
               ($$'m', pg_temp.states(2001)$$, 'DF204', 'one state too many'),
               ($$'m', pg_temp.transitions(20000)$$, 'DF201', 'of 20,000 transitions the next fault is found'),
               ($$'m', pg_temp.transitions(20001)$$, 'DF204', 'one transition too many'),
               ($$'m', pg_temp.named(201)$$, 'DF204', 'the name of a state beyond its limit'),
               ($$'m', pg_temp.wide(1048576, pg_temp.states(1))$$, 'DF203', 'of 1 MB the next fault is found'),
               ($$'m', pg_temp.wide(1048577, pg_temp.states(1))$$, 'DF204', 'one byte too many')) AS r (arguments, code, what);

SELECT domainflow.define_state_machine('lamp', '{"initial": "off", "states": {"off": {}, "on": {}},
    "transitions": [{"from": "off", "to": "on"}, {"from": "on", "to": "off"}, {"from": "on", "to": "on"}]}') AS revision \g /dev/null
SELECT domainflow.create_state_instance('lamp', 'x') AS created \g /dev/null
-- Each argument of each call; %s is how much of it is given.
CREATE TEMPORARY TABLE bounded AS
SELECT format('SELECT (domainflow.' || b.call || ').error_code', b.most) AS most, format('SELECT domainflow.' || b.call, b.most + 1) AS beyond,
       b.call
  FROM (VALUES
    ($$create_state_instance('lamp', repeat('i', %s))$$, 1000), ($$create_state_instance('lamp', 'a', repeat('a', %s))$$, 1000),
    ($$create_state_instance('lamp', 'c', NULL, pg_temp.wide(%s))$$, 1048576),
    ($$transition_state('lamp', repeat('i', %s), 'on')$$, 1000), ($$transition_state('lamp', 'x', 'on', NULL, repeat('a', %s))$$, 1000),
    ($$transition_state('lamp', 'x', 'on', NULL, NULL, repeat('r', %s))$$, 10000),
    ($$transition_state('lamp', 'x', 'on', NULL, NULL, NULL, pg_temp.wide(%s))$$, 1048576),
    ($$transition_states('lamp', '{x}', '{on}', NULL, repeat('a', %s))$$, 1000),
    ($$transition_states('lamp', '{x}', '{on}', NULL, NULL, repeat('r', %s))$$, 10000),
    ($$transition_states('lamp', '{x}', '{on}', NULL, NULL, NULL, pg_temp.wide(%s))$$, 1048576)
  ) AS b (call, most);
SELECT results_eq(b.most, ARRAY[NULL::text], 'at its limit: ' || b.call) FROM bounded AS b;
SELECT throws_ok(b.beyond, 'DF204', NULL, 'beyond its limit: ' || b.call) FROM bounded AS b;
SELECT is((SELECT count(*) FROM domainflow.transition_states('lamp', ARRAY(SELECT n::text FROM generate_series(1, 10000) AS n),
                                                             array_fill('on'::text, ARRAY[10000])) AS t WHERE t.error_code = 'RES_NOT_FOUND'), 10000::bigint,
          'as many answers as the largest batch has rows');
SELECT throws_ok($$SELECT domainflow.transition_states('lamp', array_fill('x'::text, ARRAY[10001]), array_fill('on'::text, ARRAY[10001]))$$,
                 'DF204', NULL, 'one row too many');

SELECT * FROM finish();
ROLLBACK;
