-- Refuses a definition that is not a state machine: DF202 no name or definition, DF203 an unknown key, DF204 too large, DF201 anything else
-- that is wrong.
CREATE OR REPLACE FUNCTION domainflow._check_state_definition(p_machine text, p_definition jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_code text := 'DF201';
    v_wrong text;
BEGIN
    IF p_machine IS NULL OR p_definition IS NULL THEN
        v_code := 'DF202';
        v_wrong := 'a name and a definition are required';
    ELSIF p_machine !~ '^[a-z][a-z0-9_.]{0,62}$' THEN
        v_wrong := 'the name must be of lower case letters, digits, underscores and dots, a letter first, at most 63 characters';
    ELSIF pg_column_size(p_definition #> '{}') > 1048576 THEN
        v_code := 'DF204';
        v_wrong := 'it has more than 1 MB';
    ELSIF jsonb_typeof(p_definition) <> 'object' OR jsonb_typeof(p_definition -> 'initial') IS DISTINCT FROM 'string'
          OR jsonb_typeof(p_definition -> 'states') IS DISTINCT FROM 'object'
          OR jsonb_typeof(p_definition -> 'transitions') IS DISTINCT FROM 'array' THEN
        v_wrong := '"initial" must be a string, "states" an object, "transitions" an array';
    ELSIF NOT (p_definition -> 'states') ? (p_definition ->> 'initial') THEN
        v_wrong := format('the initial state %s is not among the states', domainflow._shown(p_definition ->> 'initial'));
    ELSIF (p_definition -> 'states') ? '' THEN
        v_wrong := 'a state has an empty name';
    ELSE
        SELECT format('it has %s states of at most 2,000, %s transitions of at most 20,000, a name of %s characters of at most 200',
                      count(*), jsonb_array_length(p_definition -> 'transitions'), max(length(k.name))) INTO v_wrong
          FROM jsonb_object_keys(p_definition -> 'states') AS k (name)
        HAVING count(*) > 2000 OR jsonb_array_length(p_definition -> 'transitions') > 20000 OR max(length(k.name)) > 200;
        IF v_wrong IS NOT NULL THEN
            v_code := 'DF204';
        ELSE
            SELECT 'unknown key: ' || domainflow._shown(k.name) INTO v_wrong
              FROM jsonb_object_keys(p_definition - '{initial,states,transitions}'::text[]) AS k (name) LIMIT 1;
        END IF;
        IF v_wrong IS NULL THEN
            SELECT CASE WHEN jsonb_typeof(s.value) = 'object' THEN 'unknown key in a state: ' END
                   || domainflow._shown(format('%s: %s', s.key, s.value)) INTO v_wrong
              FROM jsonb_each(p_definition -> 'states') AS s (key, value)
             WHERE CASE WHEN jsonb_typeof(s.value) = 'object' THEN (s.value - 'terminal') <> '{}' END
             LIMIT 1;
        END IF;
        IF v_wrong IS NULL THEN
            SELECT format('unknown key in a transition: %s', domainflow._shown(t.value::text)) INTO v_wrong
              FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)
             WHERE CASE WHEN jsonb_typeof(t.value) = 'object' THEN (t.value - '{from,to,guard}'::text[]) <> '{}' END
             LIMIT 1;
        END IF;
        IF v_wrong IS NOT NULL THEN
            v_code := CASE v_code WHEN 'DF204' THEN v_code ELSE 'DF203' END;
        ELSE
            SELECT format('state %s must be an object whose "terminal" is a boolean: %s', quote_literal(s.key), domainflow._shown(s.value::text)) INTO v_wrong
              FROM jsonb_each(p_definition -> 'states') AS s (key, value)
             WHERE jsonb_typeof(s.value) <> 'object' OR COALESCE(jsonb_typeof(s.value -> 'terminal'), 'boolean') <> 'boolean'
             LIMIT 1;
        END IF;
    END IF;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = v_code,
            MESSAGE = format('state machine %s is not well defined: %s', domainflow._shown(p_machine), v_wrong),
            DETAIL = format('definition: %s', domainflow._shown(p_definition::text)),
            HINT = 'Shape: {"initial": "draft", "states": {"draft": {}, "done": {"terminal": true}}, '
                   '"transitions": [{"from": "draft", "to": "done", "guard": "schema.function"}]}';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_definition(text, jsonb) IS 'Refuses a definition whose shape is not that of a state machine.';
REVOKE ALL ON FUNCTION domainflow._check_state_definition(text, jsonb) FROM PUBLIC;
