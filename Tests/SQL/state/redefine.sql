-- A machine is changed while entities are in it: which states may go, what stays of one that went, and what comes back with it.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(18);
-- Two rows where one is expected are an error of the function then, instead of one of the two.
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
CREATE FUNCTION pg_temp.define(p_states text[], p_transitions text[], p_machine text DEFAULT 'm') RETURNS integer LANGUAGE sql AS $$
    SELECT domainflow.define_state_machine(p_machine, jsonb_build_object('initial', p_states[1],
        'states', (SELECT jsonb_object_agg(s.name, jsonb_build_object('terminal', s.name = 'end')) FROM unnest(p_states) AS s (name)),
        'transitions', (SELECT COALESCE(jsonb_agg(jsonb_build_object('from', split_part(t.way, '>', 1), 'to', split_part(t.way, '>', 2))), '[]')
                          FROM unnest(p_transitions) AS t (way))))
$$;
CREATE FUNCTION pg_temp.is_machine(p_states text, p_ways text, p_what text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT is((SELECT string_agg(s.state || CASE WHEN s.initial THEN ' initial' ELSE '' END || CASE WHEN s.terminal THEN ' terminal' ELSE '' END
                                 || CASE WHEN s.retired THEN ' retired' ELSE '' END, ', ' ORDER BY s.state COLLATE "C")
                 FROM domainflow.state AS s WHERE s.machine = 'm'), p_states, 'states: ' || p_what)
     UNION ALL
    SELECT is((SELECT string_agg(t.from_state || '>' || t.to_state, ', ' ORDER BY t.from_state COLLATE "C", t.to_state COLLATE "C")
                 FROM domainflow.state_transition AS t WHERE t.machine = 'm'), p_ways, 'ways: ' || p_what)
$$;
SELECT is(pg_temp.define('{new,B,a,c,d,end}', '{new>B,B>a,a>B,a>c,c>d,d>c,c>end}'), 1, 'a machine');
SELECT is(pg_temp.define('{new,B,a,c,d,end}', '{new>B,B>a,a>B,a>c,c>d,d>c,c>end}', 'n'), 1, 'another one with the same states');
SELECT pg_temp.is_machine('B, a, c, d, end terminal, new initial', 'B>a, a>B, a>c, c>d, c>end, d>c, new>B', 'as defined');

-- Four states with entities cannot go; the refusal shows the first of them.
SELECT domainflow.create_state_instance('m', n::text) AS created FROM generate_series(1, 9) AS n \g /dev/null
UPDATE domainflow.state_instance SET state = (ARRAY['d', 'c', 'a', 'B', 'B'])[entity_id::integer] WHERE machine = 'm' AND entity_id::integer <= 5;
CREATE FUNCTION pg_temp.refusal() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    PERFORM pg_temp.define('{new,end}', '{new>end}');
EXCEPTION
    WHEN SQLSTATE 'DF706' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail;
END $$;
-- Grouped by hashing, states come in any order.
SET LOCAL enable_sort = off;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
SELECT is(pg_temp.refusal(), 'entities in B: 2', 'states with entities cannot go, and the first is shown');
RESET enable_sort;
RESET enable_indexscan;
RESET enable_indexonlyscan;

-- States without entities go; an entity that a transition under way brings there later holds up no further change.
UPDATE domainflow.state_instance SET state = 'new' WHERE machine = 'm';
SELECT is(pg_temp.define('{new,a,end}', '{new>a,a>end}'), 2, 'three states go');
SELECT pg_temp.is_machine('B retired, a, c retired, d retired, end terminal, new initial', 'B>a, a>end, c>d, c>end, d>c, new>a',
                          'they keep their ways out, and nothing leads from the others to them');
UPDATE domainflow.state_instance SET state = 'B' WHERE machine = 'm' AND entity_id = '1';
SELECT is(pg_temp.define('{a,new,end}', '{new>a,a>new,a>end}'), 3, 'the initial state changes');
SELECT pg_temp.is_machine('B retired, a initial, c retired, d retired, end terminal, new', 'B>a, a>end, a>new, c>d, c>end, d>c, new>a',
                          'with a new initial one');
SELECT is((domainflow.transition_state('m', '1', 'a')).success, true, 'the entity has its way on');

-- A state that comes back has the ways that it has now.
SELECT is(pg_temp.define('{new,a,c,end}', '{new>a,a>c,c>a}'), 4, 'a state comes back');
SELECT pg_temp.is_machine('B retired, a, c, d retired, end terminal, new initial', 'B>a, a>c, c>a, d>c, new>a', 'without its old ways');
SELECT is(pg_temp.define('{new,a,c,end}', '{new>a,a>c,c>a}'), 4, 'the same again changes nothing');
SELECT is((SELECT count(*) FROM domainflow.state AS s WHERE s.machine = 'n' AND NOT s.retired), 6::bigint, 'the other machine keeps its states');
SELECT is((SELECT count(*) FROM domainflow.state_transition AS t WHERE t.machine = 'n'), 7::bigint, 'and its ways');

SELECT * FROM finish();
ROLLBACK;
