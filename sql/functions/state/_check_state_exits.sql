-- Refuses transitions that do not fit the states, with DF201: not from and to a known state, twice the same, out of a terminal
-- state; and a state that is not terminal although nothing leads out of it, because an entity would be stuck there for ever.
CREATE OR REPLACE FUNCTION domainflow._check_state_exits(p_machine text, p_definition jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_states jsonb := p_definition -> 'states';
    v_wrong text;
BEGIN
    SELECT CASE
               WHEN jsonb_typeof(t.value) <> 'object' OR jsonb_typeof(t.value -> 'from') IS DISTINCT FROM 'string'
                    OR jsonb_typeof(t.value -> 'to') IS DISTINCT FROM 'string'
                    OR COALESCE(jsonb_typeof(t.value -> 'guard'), 'null') NOT IN ('null', 'string')
                   THEN 'must have strings "from", "to" and, if it has one, "guard"'
               WHEN NOT v_states ?& ARRAY[t.value ->> 'from', t.value ->> 'to'] THEN 'names a state that does not exist'
               WHEN (v_states #>> ARRAY[t.value ->> 'from', 'terminal'])::boolean THEN 'leads out of a terminal state'
               WHEN count(*) OVER (PARTITION BY t.value -> 'from', t.value -> 'to') > 1 THEN 'is there twice'
           END || ': ' || domainflow._shown(t.value::text)
      INTO v_wrong
      FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)
     ORDER BY 1
     LIMIT 1;
    IF v_wrong IS NULL THEN
        SELECT 'needs a way out of state ' || quote_literal(domainflow._shown(s.key)) || ', or "terminal": true' INTO v_wrong
          FROM jsonb_each(v_states) AS s (key, value)
         WHERE NOT COALESCE((s.value -> 'terminal')::boolean, false)
           AND s.key <> ALL (ARRAY(SELECT t.value ->> 'from' FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)))
         ORDER BY s.key COLLATE "C"
         LIMIT 1;
    END IF;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('a transition of state machine %s %s', p_machine, v_wrong),
            DETAIL = format('states: %s', domainflow._shown((SELECT string_agg(k.name, ', ') FROM jsonb_object_keys(v_states) AS k (name)))),
            HINT = 'Correct "transitions" or "states".';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_exits(text, jsonb) IS 'Refuses transitions that do not fit the states of a definition.';
REVOKE ALL ON FUNCTION domainflow._check_state_exits(text, jsonb) FROM PUBLIC;
