-- State machines as data, the state of each entity, and the append-only log of transitions.

CREATE TYPE domainflow.transition_result AS (
    success boolean,
    from_state text,
    to_state text,
    new_version bigint,
    error_code text,
    error_message text
);
COMMENT ON TYPE domainflow.transition_result IS 'Answer to a transition: the two states and the new version, or a code of the error registry and the reason.';
CREATE TABLE domainflow.state_machine (
    machine text NOT NULL,
    definition jsonb NOT NULL,
    revision integer NOT NULL,
    built_in boolean NOT NULL,
    defined_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT state_machine_pkey PRIMARY KEY (machine),
    CONSTRAINT state_machine_machine_check CHECK (machine OPERATOR(pg_catalog.~) '^[a-z][a-z0-9_.]{0,62}$')
);
COMMENT ON TABLE domainflow.state_machine IS 'State machines, as they were given to define_state_machine().';
COMMENT ON COLUMN domainflow.state_machine.built_in IS 'True for machines that the steps define: installing makes them, so a dump leaves them out.';
COMMENT ON INDEX domainflow.state_machine_pkey IS 'Serves lookups by name, and the foreign key of state.';
CREATE TABLE domainflow.state (
    machine text NOT NULL,
    state text NOT NULL,
    initial boolean NOT NULL,
    terminal boolean NOT NULL,
    CONSTRAINT state_pkey PRIMARY KEY (machine, state),
    CONSTRAINT state_machine_fkey FOREIGN KEY (machine) REFERENCES domainflow.state_machine (machine)
);
COMMENT ON TABLE domainflow.state IS 'States of each machine.';
COMMENT ON INDEX domainflow.state_pkey IS 'Serves the reason of a refusal, and the foreign keys of state_transition.';
CREATE UNIQUE INDEX state_initial_key ON domainflow.state (machine) WHERE initial;
COMMENT ON INDEX domainflow.state_initial_key IS 'Serves create_state_instance(), and keeps a machine from having two initial states.';
CREATE TABLE domainflow.state_transition (
    machine text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    guard text,
    guard_gives_reason boolean NOT NULL,
    CONSTRAINT state_transition_pkey PRIMARY KEY (machine, from_state, to_state),
    CONSTRAINT state_transition_from_fkey FOREIGN KEY (machine, from_state) REFERENCES domainflow.state (machine, state),
    CONSTRAINT state_transition_to_fkey FOREIGN KEY (machine, to_state) REFERENCES domainflow.state (machine, state)
);
COMMENT ON TABLE domainflow.state_transition IS 'Allowed transitions of each machine.';
COMMENT ON COLUMN domainflow.state_transition.guard IS 'Function (machine, entity_id, from, to, context), schema-qualified; null: always allowed.';
COMMENT ON COLUMN domainflow.state_transition.guard_gives_reason IS 'True when the guard returns text: null allows, anything else is the reason.';
COMMENT ON INDEX domainflow.state_transition_pkey IS 'Serves transition_state().';
CREATE INDEX state_transition_to_idx ON domainflow.state_transition (machine, to_state);
COMMENT ON INDEX domainflow.state_transition_to_idx IS 'Serves the foreign key check when a state is removed.';

-- No foreign key to state: checking it would share-lock one row of state in every transition of every client. What it would
-- promise is kept by transition_state(), which reads state_transition in the statement that writes, and define_state_machine(),
-- which locks this table before it takes a state away.
CREATE TABLE domainflow.state_instance (
    machine text NOT NULL,
    entity_id text NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT state_instance_pkey PRIMARY KEY (machine, entity_id),
    CONSTRAINT state_instance_version_check CHECK (version OPERATOR(pg_catalog.>=) 1)
) WITH (fillfactor = 80);
COMMENT ON TABLE domainflow.state_instance IS 'State of each entity now, and the version of the event that led there.';
COMMENT ON INDEX domainflow.state_instance_pkey IS 'Serves transition_state().';
CREATE TABLE domainflow.state_event (
    machine text NOT NULL,
    entity_id text NOT NULL,
    version bigint NOT NULL,
    from_state text,
    to_state text NOT NULL,
    actor text,
    reason text,
    context jsonb,
    occurred_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text DEFAULT CASE
        WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.current_setting('domainflow.correlation_id', true) END,
    CONSTRAINT state_event_pkey PRIMARY KEY (machine, entity_id, version),
    CONSTRAINT state_event_version_check CHECK (version OPERATOR(pg_catalog.>=) 1),
    CONSTRAINT state_event_from_check CHECK ((version OPERATOR(pg_catalog.=) 1) OPERATOR(pg_catalog.=) (from_state IS NULL))
);
COMMENT ON TABLE domainflow.state_event IS 'Every transition, in its own transaction; versions of an entity have no gap. Append-only.';
COMMENT ON COLUMN domainflow.state_event.from_state IS 'State before; null for the creation, which is version 1.';
COMMENT ON COLUMN domainflow.state_event.occurred_at IS 'Taken while the entity was locked, so it follows the versions.';
COMMENT ON INDEX domainflow.state_event_pkey IS 'Serves history and replay; a second event for one version is an error.';
CREATE INDEX state_event_transaction_id_idx ON domainflow.state_event (transaction_id);
COMMENT ON INDEX domainflow.state_event_transaction_id_idx IS 'Serves the trail of one transaction: everything written by it, over all areas.';
CREATE TRIGGER state_event_append_only BEFORE UPDATE OR DELETE ON domainflow.state_event
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER state_event_no_truncate BEFORE TRUNCATE ON domainflow.state_event
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
GRANT SELECT ON domainflow.state_machine, domainflow.state, domainflow.state_transition, domainflow.state_instance,
domainflow.state_event TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
GRANT INSERT, UPDATE ON domainflow.state_instance TO domainflow_app, domainflow_owner;
GRANT INSERT ON domainflow.state_event TO domainflow_app, domainflow_owner;
GRANT INSERT, UPDATE, DELETE ON domainflow.state_machine, domainflow.state, domainflow.state_transition TO domainflow_owner;
--! config: domainflow.state_machine WHERE NOT built_in
--! config: domainflow.state WHERE machine IN (SELECT m.machine FROM domainflow.state_machine AS m WHERE NOT m.built_in)
--! config: domainflow.state_transition WHERE machine IN (SELECT m.machine FROM domainflow.state_machine AS m WHERE NOT m.built_in)

--! begin include functions/state/_check_state_definition.sql
-- Refuses a definition that is not a state machine: DF202 no name or definition, DF203 an unknown key, DF201 anything else that is wrong.
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
    ELSIF jsonb_typeof(p_definition) <> 'object' OR jsonb_typeof(p_definition -> 'initial') IS DISTINCT FROM 'string'
          OR jsonb_typeof(p_definition -> 'states') IS DISTINCT FROM 'object'
          OR jsonb_typeof(p_definition -> 'transitions') IS DISTINCT FROM 'array' THEN
        v_wrong := '"initial" must be a string, "states" an object, "transitions" an array';
    ELSIF NOT (p_definition -> 'states') ? (p_definition ->> 'initial') THEN
        v_wrong := format('the initial state %s is not among the states', p_definition -> 'initial');
    ELSE
        SELECT k.name INTO v_wrong
          FROM jsonb_object_keys(p_definition - '{initial,states,transitions}'::text[]) AS k (name) LIMIT 1;
        v_wrong := 'unknown key: ' || v_wrong;
        IF v_wrong IS NULL THEN
            SELECT CASE WHEN jsonb_typeof(s.value) = 'object' THEN 'unknown key in a state: ' END
                   || format('%s: %s', s.key, s.value) INTO v_wrong
              FROM jsonb_each(p_definition -> 'states') AS s (key, value)
             WHERE CASE WHEN jsonb_typeof(s.value) = 'object' THEN (s.value - 'terminal') <> '{}' END
             LIMIT 1;
        END IF;
        IF v_wrong IS NULL THEN
            SELECT format('unknown key in a transition: %s', t.value) INTO v_wrong
              FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)
             WHERE CASE WHEN jsonb_typeof(t.value) = 'object' THEN (t.value - '{from,to,guard}'::text[]) <> '{}' END
             LIMIT 1;
        END IF;
        IF v_wrong IS NOT NULL THEN
            v_code := 'DF203';
        ELSE
            SELECT format('state %s must be an object whose "terminal" is a boolean: %s', quote_literal(s.key), s.value) INTO v_wrong
              FROM jsonb_each(p_definition -> 'states') AS s (key, value)
             WHERE jsonb_typeof(s.value) <> 'object' OR COALESCE(jsonb_typeof(s.value -> 'terminal'), 'boolean') <> 'boolean'
             LIMIT 1;
        END IF;
    END IF;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = v_code,
            MESSAGE = format('state machine %s is not well defined: %s', p_machine, v_wrong),
            DETAIL = format('definition: %s', left(p_definition::text, 400)),
            HINT = 'Shape: {"initial": "draft", "states": {"draft": {}, "done": {"terminal": true}}, '
                   '"transitions": [{"from": "draft", "to": "done", "guard": "schema.function"}]}';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_definition(text, jsonb) IS 'Refuses a definition whose shape is not that of a state machine.';
REVOKE ALL ON FUNCTION domainflow._check_state_definition(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_state_definition(text, jsonb) TO domainflow_owner;
--! end include functions/state/_check_state_definition.sql
--! begin include functions/state/_check_state_exits.sql
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
           END || ': ' || t.value
      INTO v_wrong
      FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)
     ORDER BY 1
     LIMIT 1;
    IF v_wrong IS NULL THEN
        SELECT 'needs a way out of state ' || quote_literal(s.key) || ', or "terminal": true' INTO v_wrong
          FROM jsonb_each(v_states) AS s (key, value)
         WHERE NOT COALESCE((s.value -> 'terminal')::boolean, false)
           AND NOT EXISTS (SELECT FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)
                            WHERE t.value ->> 'from' = s.key)
         ORDER BY s.key COLLATE "C"
         LIMIT 1;
    END IF;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('a transition of state machine %s %s', p_machine, v_wrong),
            DETAIL = format('states: %s', (SELECT string_agg(k.name, ', ') FROM jsonb_object_keys(v_states) AS k (name))),
            HINT = 'Correct "transitions" or "states".';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_exits(text, jsonb) IS 'Refuses transitions that do not fit the states of a definition.';
REVOKE ALL ON FUNCTION domainflow._check_state_exits(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_state_exits(text, jsonb) TO domainflow_owner;
--! end include functions/state/_check_state_exits.sql
--! begin include functions/state/_resolve_guard.sql
-- The function behind a guard's name, quoted for use in a statement, and whether it answers with a reason.
--
-- A guard takes (machine, entity_id, from, to, context) and returns boolean, or text: null allows, anything else is the reason. It must be
-- STABLE or IMMUTABLE, so that validating a transition has no side effects. No name, no guard. DF201 for anything else.
CREATE OR REPLACE FUNCTION domainflow._resolve_guard(p_guard text, OUT guard text, OUT gives_reason boolean)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_guard IS NULL THEN
        gives_reason := false;
        RETURN;
    END IF;
    SELECT format('%I.%I', n.nspname, f.proname), f.prorettype = 'text'::regtype
      INTO guard, gives_reason
      FROM pg_proc AS f
      JOIN pg_namespace AS n ON n.oid = f.pronamespace
     WHERE f.oid = to_regprocedure(p_guard || '(text,text,text,text,jsonb)')
       AND f.prorettype IN ('text'::regtype, 'boolean'::regtype) AND NOT f.proretset AND f.provolatile <> 'v';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('%s is not a guard', quote_literal(p_guard)),
            DETAIL = 'A guard is a STABLE or IMMUTABLE function (text, text, text, text, jsonb) that returns boolean or text.',
            HINT = 'Create it as f(p_machine text, p_entity_id text, p_from text, p_to text, p_context jsonb), and write its schema in front.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._resolve_guard(text) IS 'The function behind a guard''s name, and whether it answers with a reason.';
REVOKE ALL ON FUNCTION domainflow._resolve_guard(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._resolve_guard(text) TO domainflow_owner;
--! end include functions/state/_resolve_guard.sql
--! begin include functions/state/_refuse_stranding.sql
-- Refuses with DF706 to take a state away in which entities still are: no transition would lead them out.
--
-- The caller holds the lock on state_instance that keeps more from arriving.
CREATE OR REPLACE FUNCTION domainflow._refuse_stranding(p_machine text, p_definition jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_state text;
    v_count bigint;
BEGIN
    SELECT i.state, count(*) INTO v_state, v_count
      FROM domainflow.state_instance AS i
     WHERE i.machine = p_machine AND NOT (p_definition -> 'states') ? i.state
     GROUP BY i.state
     ORDER BY i.state COLLATE "C"
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF706',
            MESSAGE = format('state %s of machine %s cannot go: entities are in it', quote_literal(v_state), p_machine),
            DETAIL = format('entities in %s: %s', v_state, v_count),
            HINT = format('Define the machine with both the old and the new states first, move them with transition_states(), then define it '
                          'without %s. SELECT entity_id FROM domainflow.state_instance WHERE machine = %L AND state = %L; lists them.',
                          v_state, p_machine, v_state);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_stranding(text, jsonb) IS 'Refuses to take a state away in which entities still are.';
REVOKE ALL ON FUNCTION domainflow._refuse_stranding(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._refuse_stranding(text, jsonb) TO domainflow_owner;
--! end include functions/state/_refuse_stranding.sql
--! begin include functions/state/define_state_machine.sql
-- Defines a state machine, or changes one; returns its revision. The same definition again changes nothing.
--
-- Atomic: other sessions see the old machine or the new one. A change waits for transitions that are under way, and makes new ones
-- wait until it commits. DF201, DF202, DF203 for a definition that is wrong · DF201 for one of DomainFlow's own machines · DF706 when it
-- would take a state away in which entities are. p_built_in is for the steps of DomainFlow: a dump leaves such machines out.
CREATE OR REPLACE FUNCTION domainflow.define_state_machine(
    p_machine text,
    p_definition jsonb,
    p_built_in boolean DEFAULT false
)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old domainflow.state_machine;
BEGIN
    PERFORM domainflow._check_state_definition(p_machine, p_definition);
    PERFORM domainflow._check_state_exits(p_machine, p_definition);

    LOCK TABLE domainflow.state_machine IN SHARE ROW EXCLUSIVE MODE;
    SELECT m.* INTO v_old FROM domainflow.state_machine AS m WHERE m.machine = p_machine;
    IF FOUND THEN
        IF v_old.definition = p_definition THEN
            RETURN v_old.revision;
        END IF;
        IF v_old.built_in AND NOT p_built_in THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF201',
                MESSAGE = format('state machine %s belongs to DomainFlow', p_machine),
                DETAIL = 'A dump leaves its definition out, so a change would be lost on restore.',
                HINT = 'Define a machine of your own under another name.';
        END IF;
        -- Transitions that wait for this lock take their snapshot after it, so they see the new definition.
        LOCK TABLE domainflow.state_instance IN SHARE ROW EXCLUSIVE MODE;
        PERFORM domainflow._refuse_stranding(p_machine, p_definition);
    END IF;

    INSERT INTO domainflow.state_machine AS m (machine, definition, revision, built_in)
    VALUES (p_machine, p_definition, 1, p_built_in)
    ON CONFLICT (machine) DO UPDATE
       SET definition = excluded.definition, revision = m.revision + 1, defined_at = excluded.defined_at;
    DELETE FROM domainflow.state_transition AS t WHERE t.machine = p_machine;
    DELETE FROM domainflow.state AS s WHERE s.machine = p_machine;
    INSERT INTO domainflow.state (machine, state, initial, terminal)
    SELECT p_machine, s.key, s.key = p_definition ->> 'initial', COALESCE((s.value -> 'terminal')::boolean, false)
      FROM jsonb_each(p_definition -> 'states') AS s (key, value);
    INSERT INTO domainflow.state_transition (machine, from_state, to_state, guard, guard_gives_reason)
    SELECT p_machine, t.value ->> 'from', t.value ->> 'to', g.guard, g.gives_reason
      FROM jsonb_array_elements(p_definition -> 'transitions') AS t (value)
     CROSS JOIN LATERAL domainflow._resolve_guard(t.value ->> 'guard') AS g;
    RETURN COALESCE(v_old.revision, 0) + 1;
END
$$;

COMMENT ON FUNCTION domainflow.define_state_machine(text, jsonb, boolean)
IS 'Defines or changes a state machine: states, initial and terminal ones, transitions, guards. Returns its revision.';
REVOKE ALL ON FUNCTION domainflow.define_state_machine(text, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.define_state_machine(text, jsonb, boolean) TO domainflow_owner;
--! end include functions/state/define_state_machine.sql
--! begin include functions/state/_judge_transition.sql
-- Whether an entity in state p_from at version p_version may go to p_to, with the reason if not.
--
-- Reads the machine and calls the guard, writes nothing. p_from null: there is no such entity. No SET clause, and operators by their full
-- names, because transition_states() calls it once a row.
CREATE OR REPLACE FUNCTION domainflow._judge_transition(
    p_machine text,
    p_entity_id text,
    p_from text,
    p_version bigint,
    p_to text,
    p_expected_version bigint,
    p_context jsonb
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
STABLE
AS $$
-- The guard's name was quoted by _resolve_guard(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_transition domainflow.state_transition;
    v_verdict text;
    v_code text;
    v_message text;
BEGIN
    IF p_from IS NULL THEN
        RETURN ROW(false, NULL, p_to, NULL, 'RES_NOT_FOUND', pg_catalog.format('machine %s has no entity %s', p_machine, p_entity_id)
                  )::domainflow.transition_result;
    END IF;
    IF p_version OPERATOR(pg_catalog.<>) p_expected_version THEN
        RETURN ROW(false, p_from, p_to, NULL, 'RES_VERSION_CONFLICT', pg_catalog.format(
                   'version conflict on %s %s: expected %s, found %s', p_machine, p_entity_id, p_expected_version, p_version)
                  )::domainflow.transition_result;
    END IF;

    SELECT t.* INTO v_transition
      FROM domainflow.state_transition AS t
     WHERE t.machine OPERATOR(pg_catalog.=) p_machine AND t.from_state OPERATOR(pg_catalog.=) p_from AND t.to_state OPERATOR(pg_catalog.=) p_to;
    IF NOT FOUND THEN
        SELECT CASE WHEN s.terminal THEN 'BIZ_TERMINAL_STATE' ELSE 'BIZ_INVALID_TRANSITION' END,
               CASE WHEN s.terminal THEN pg_catalog.format('%s %s is in the terminal state %s', p_machine, p_entity_id, p_from)
                    ELSE pg_catalog.format('%s %s cannot go from %s to %s, only to: %s', p_machine, p_entity_id, p_from, p_to, (
                        SELECT pg_catalog.string_agg(t.to_state, ', ' ORDER BY t.to_state COLLATE "C")
                          FROM domainflow.state_transition AS t
                         WHERE t.machine OPERATOR(pg_catalog.=) p_machine AND t.from_state OPERATOR(pg_catalog.=) p_from)) END
          INTO v_code, v_message
          FROM domainflow.state AS s
         WHERE s.machine OPERATOR(pg_catalog.=) p_machine AND s.state OPERATOR(pg_catalog.=) p_from;
        RETURN ROW(false, p_from, p_to, NULL, v_code, v_message)::domainflow.transition_result;
    END IF;

    IF v_transition.guard IS NOT NULL THEN
        EXECUTE pg_catalog.format('SELECT %s($1, $2, $3, $4, $5)::text', v_transition.guard)
           INTO v_verdict
          USING p_machine, p_entity_id, p_from, p_to, p_context;
        v_message := CASE
            WHEN v_transition.guard_gives_reason THEN v_verdict
            WHEN COALESCE(v_verdict, 'false') OPERATOR(pg_catalog.<>) 'true' THEN pg_catalog.format('guard %s refused', v_transition.guard)
        END;
        IF v_message IS NOT NULL THEN
            RETURN ROW(false, p_from, p_to, NULL, 'BIZ_GUARD_REJECTED', v_message)::domainflow.transition_result;
        END IF;
    END IF;
    RETURN ROW(true, p_from, p_to, p_version OPERATOR(pg_catalog.+) 1, NULL, NULL)::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow._judge_transition(text, text, text, bigint, text, bigint, jsonb)
IS 'Whether a transition is allowed from a given state and version, and why not.';
REVOKE ALL ON FUNCTION domainflow._judge_transition(text, text, text, bigint, text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._judge_transition(text, text, text, bigint, text, bigint, jsonb)
TO domainflow_app, domainflow_reader, domainflow_owner;
--! end include functions/state/_judge_transition.sql
--! begin include functions/state/create_state_instance.sql
-- Puts an entity under a state machine, in its initial state, with version 1 and the first event.
--
-- Answers with a status: RES_ALREADY_EXISTS with the state and version that are there, RES_NOT_FOUND for an unknown machine.
-- DF202 for a null machine or entity id. Of two concurrent callers one creates, the other waits for it and gets RES_ALREADY_EXISTS.
CREATE OR REPLACE FUNCTION domainflow.create_state_instance(
    p_machine text,
    p_entity_id text,
    p_actor text DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
AS $$
DECLARE
    v_initial text;
    v_state text;
    v_version bigint;
BEGIN
    IF p_machine IS NULL OR p_entity_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'machine and entity id are required',
            DETAIL = pg_catalog.format('machine: %s, entity id: %s', p_machine, p_entity_id),
            HINT = 'Give both; ids that are not text are written as text.';
    END IF;
    SELECT s.state INTO v_initial
      FROM domainflow.state AS s
     WHERE s.machine OPERATOR(pg_catalog.=) p_machine AND s.initial;
    IF NOT FOUND THEN
        RETURN ROW(false, NULL, NULL, NULL, 'RES_NOT_FOUND',
                   pg_catalog.format('there is no state machine %s', p_machine))::domainflow.transition_result;
    END IF;
    INSERT INTO domainflow.state_instance AS i (machine, entity_id, state, version)
    VALUES (p_machine, p_entity_id, v_initial, 1)
    ON CONFLICT (machine, entity_id) DO NOTHING;
    IF FOUND THEN
        INSERT INTO domainflow.state_event (machine, entity_id, version, to_state, actor, context)
        VALUES (p_machine, p_entity_id, 1, v_initial, p_actor, p_context);
        RETURN ROW(true, NULL, v_initial, 1, NULL, NULL)::domainflow.transition_result;
    END IF;
    SELECT i.state, i.version INTO v_state, v_version
      FROM domainflow.state_instance AS i
     WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id;
    RETURN ROW(false, NULL, v_state, v_version, 'RES_ALREADY_EXISTS', pg_catalog.format(
               'machine %s has entity %s already', p_machine, p_entity_id))::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow.create_state_instance(text, text, text, jsonb)
IS 'Puts an entity into the initial state of a machine and writes its first event.';
REVOKE ALL ON FUNCTION domainflow.create_state_instance(text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_state_instance(text, text, text, jsonb) TO domainflow_app, domainflow_owner;
--! end include functions/state/create_state_instance.sql
--! begin include functions/state/transition_state.sql
-- Moves one entity to another state, with its event, in the caller's transaction.
--
-- A refused transition is an answer, never an error: RES_NOT_FOUND, RES_VERSION_CONFLICT, BIZ_INVALID_TRANSITION, BIZ_TERMINAL_STATE,
-- BIZ_GUARD_REJECTED. DF202 for a null machine, entity id or target. Concurrent callers are taken one after the other, each judged from the
-- state the one before it left; a refused call may keep the entity locked until its transaction ends. At REPEATABLE READ the loser
-- gets 40001.
CREATE OR REPLACE FUNCTION domainflow.transition_state(
    p_machine text,
    p_entity_id text,
    p_to text,
    p_expected_version bigint DEFAULT NULL,
    p_actor text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
AS $$
DECLARE
    v_from text;
    v_version bigint;
    v_result domainflow.transition_result;
BEGIN
    -- The usual case in one statement: no guard, and the transition exists for the state the row has when it is locked.
    UPDATE domainflow.state_instance AS i
       SET state = t.to_state, version = i.version OPERATOR(pg_catalog.+) 1
      FROM domainflow.state_transition AS t
     WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id
       AND t.machine OPERATOR(pg_catalog.=) p_machine AND t.to_state OPERATOR(pg_catalog.=) p_to
       AND t.from_state OPERATOR(pg_catalog.=) i.state AND t.guard IS NULL
       AND (p_expected_version IS NULL OR i.version OPERATOR(pg_catalog.=) p_expected_version)
    RETURNING t.from_state, i.version INTO v_from, v_version;

    IF NOT FOUND THEN
        IF p_machine IS NULL OR p_entity_id IS NULL OR p_to IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF202',
                MESSAGE = 'machine, entity id and target state are required',
                DETAIL = pg_catalog.format('machine: %s, entity id: %s, target state: %s', p_machine, p_entity_id, p_to),
                HINT = 'Give all three.';
        END IF;
        -- Locked before it is judged: a guard may take its time, and a state that changed meanwhile would make its verdict void.
        SELECT i.state, i.version INTO v_from, v_version
          FROM domainflow.state_instance AS i
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id
           FOR NO KEY UPDATE;
        v_result := domainflow._judge_transition(p_machine, p_entity_id, v_from, v_version, p_to, p_expected_version, p_context);
        IF NOT v_result.success THEN
            RETURN v_result;
        END IF;
        v_version := v_result.new_version;
        UPDATE domainflow.state_instance AS i
           SET state = p_to, version = v_version
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id;
    END IF;

    INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state, actor, reason, context)
    VALUES (p_machine, p_entity_id, v_version, v_from, p_to, p_actor, p_reason, p_context);
    RETURN ROW(true, v_from, p_to, v_version, NULL, NULL)::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb)
IS 'Moves one entity to another state and writes the event; a refusal is an answer, not an error.';
REVOKE ALL ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb) TO domainflow_app, domainflow_owner;
--! end include functions/state/transition_state.sql
--! begin include functions/state/_check_state_batch.sql
-- Refuses arrays that are not a batch: DF202 a null array, machine, id or target, DF201 different lengths or an id that occurs twice.
CREATE OR REPLACE FUNCTION domainflow._check_state_batch(
    p_machine text,
    p_entity_ids text[],
    p_to text[],
    p_expected_versions bigint[]
)
RETURNS void
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_twice text;
BEGIN
    IF p_machine IS NULL OR p_entity_ids IS NULL OR p_to IS NULL
       OR array_position(p_entity_ids, NULL) IS NOT NULL OR array_position(p_to, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'machine, entity ids and target states are required',
            DETAIL = format('machine: %s, ids: %s, targets: %s', p_machine, left(p_entity_ids::text, 200), left(p_to::text, 200)),
            HINT = 'Give a machine and two arrays of one length, without nulls.';
    END IF;
    IF cardinality(p_entity_ids) <> cardinality(p_to) OR cardinality(p_entity_ids) <> cardinality(p_expected_versions) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the batch differ in length',
            DETAIL = format('ids: %s, targets: %s, expected versions: %s', cardinality(p_entity_ids), cardinality(p_to),
                            cardinality(p_expected_versions)),
            HINT = 'Give one target for each id, and either no expected versions or one for each id.';
    END IF;
    SELECT u.id INTO v_twice FROM unnest(p_entity_ids) AS u (id) GROUP BY u.id HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('entity %s occurs twice in the batch', v_twice),
            DETAIL = format('ids given: %s', left(array_to_string(p_entity_ids, ', '), 400)),
            HINT = 'Send its transitions in two batches, in their order.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) IS 'Refuses arrays that are not a batch of transitions.';
REVOKE ALL ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) TO domainflow_app, domainflow_owner;
--! end include functions/state/_check_state_batch.sql
--! begin include functions/state/transition_states.sql
-- Moves many entities of one machine in one statement; answers in the order of the arrays, each as transition_state() gives it.
--
-- A refused row does not stop the others. Rows are locked in the order of their ids, so two batches cannot deadlock with one another.
-- DF202 for a null argument or id, DF201 for arrays of different lengths or an id that occurs twice.
CREATE OR REPLACE FUNCTION domainflow.transition_states(
    p_machine text,
    p_entity_ids text[],
    p_to text[],
    p_expected_versions bigint[] DEFAULT NULL,
    p_actor text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS SETOF domainflow.transition_result
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM domainflow._check_state_batch(p_machine, p_entity_ids, p_to, p_expected_versions);
    RETURN QUERY
    WITH input AS MATERIALIZED (
        SELECT u.id, u.target, u.expected, u.place
          FROM ROWS FROM (pg_catalog.unnest(p_entity_ids), pg_catalog.unnest(p_to), pg_catalog.unnest(p_expected_versions))
               WITH ORDINALITY AS u (id, target, expected, place)
    ), locked AS MATERIALIZED (
        SELECT i.entity_id, i.state, i.version
          FROM domainflow.state_instance AS i
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) ANY (p_entity_ids)
         ORDER BY i.entity_id
           FOR NO KEY UPDATE
    ), judged AS MATERIALIZED (
        SELECT n.place, n.id, j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
          FROM input AS n
          LEFT JOIN locked AS l ON l.entity_id OPERATOR(pg_catalog.=) n.id
         CROSS JOIN LATERAL domainflow._judge_transition(
                    p_machine, n.id, l.state, l.version, n.target, n.expected, p_context) AS j
    ), moved AS (
        UPDATE domainflow.state_instance AS i
           SET state = j.to_state, version = j.new_version
          FROM judged AS j
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) j.id AND j.success
        RETURNING j.id, j.from_state, j.to_state, j.new_version
    ), logged AS (
        INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state, actor, reason, context)
        SELECT p_machine, m.id, m.new_version, m.from_state, m.to_state, p_actor, p_reason, p_context
          FROM moved AS m
    )
    SELECT j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
      FROM judged AS j
     ORDER BY j.place;
END
$$;

COMMENT ON FUNCTION domainflow.transition_states(text, text[], text[], bigint[], text, text, jsonb)
IS 'Moves many entities of one machine in one statement; answers in input order.';
REVOKE ALL ON FUNCTION domainflow.transition_states(text, text[], text[], bigint[], text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.transition_states(text, text[], text[], bigint[], text, text, jsonb)
TO domainflow_app, domainflow_owner;
--! end include functions/state/transition_states.sql
--! begin include functions/state/validate_transition.sql
-- What transition_state() would answer at this moment, without doing it: no lock, no event, nothing written.
CREATE OR REPLACE FUNCTION domainflow.validate_transition(
    p_machine text,
    p_entity_id text,
    p_to text,
    p_expected_version bigint DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE sql
STABLE
AS $$
    SELECT j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
      FROM (VALUES (1)) AS one (row)
      LEFT JOIN domainflow.state_instance AS i
        ON i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id
     CROSS JOIN LATERAL domainflow._judge_transition(
                p_machine, p_entity_id, i.state, i.version, p_to, p_expected_version, p_context) AS j
$$;

COMMENT ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb)
IS 'What transition_state() would answer at this moment; writes nothing.';
REVOKE ALL ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb)
TO domainflow_app, domainflow_reader, domainflow_owner;
--! end include functions/state/validate_transition.sql
--! begin include functions/state/state_history.sql
-- Every event of one entity, in the order of its versions; no rows for an entity the machine does not know.
CREATE OR REPLACE FUNCTION domainflow.state_history(p_machine text, p_entity_id text)
RETURNS SETOF domainflow.state_event
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT e.*
      FROM domainflow.state_event AS e
     WHERE e.machine OPERATOR(pg_catalog.=) p_machine AND e.entity_id OPERATOR(pg_catalog.=) p_entity_id
     ORDER BY e.version
$$;

COMMENT ON FUNCTION domainflow.state_history(text, text) IS 'Every event of one entity, in the order of its versions.';
REVOKE ALL ON FUNCTION domainflow.state_history(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.state_history(text, text)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/state/state_history.sql
--! begin include functions/state/state_at.sql
-- The state an entity was in at a moment, by replaying its events from the first; one row of nulls if it did not exist yet.
--
-- Versions order the events, not clocks: the replay ends with the last version that had happened by then. DF706 if the events are
-- not a chain: a version is missing, or one does not begin in the state where the one before it ended.
CREATE OR REPLACE FUNCTION domainflow.state_at(
    p_machine text,
    p_entity_id text,
    p_at timestamptz,
    OUT state text,
    OUT version bigint,
    OUT occurred_at timestamptz
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
DECLARE
    v_event domainflow.state_event;
BEGIN
    FOR v_event IN
        SELECT e.*
          FROM domainflow.state_event AS e
         WHERE e.machine OPERATOR(pg_catalog.=) p_machine AND e.entity_id OPERATOR(pg_catalog.=) p_entity_id
           AND e.version OPERATOR(pg_catalog.<=) (
               SELECT pg_catalog.max(l.version)
                 FROM domainflow.state_event AS l
                WHERE l.machine OPERATOR(pg_catalog.=) p_machine AND l.entity_id OPERATOR(pg_catalog.=) p_entity_id
                  AND l.occurred_at OPERATOR(pg_catalog.<=) p_at)
         ORDER BY e.version
    LOOP
        IF v_event.version OPERATOR(pg_catalog.<>) (COALESCE(version, 0) OPERATOR(pg_catalog.+) 1)
           OR COALESCE(v_event.from_state, '') OPERATOR(pg_catalog.<>) COALESCE(state, '') THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF706',
                MESSAGE = pg_catalog.format('the events of %s %s are not a chain', p_machine, p_entity_id),
                DETAIL = pg_catalog.format('after version %s in state %s comes version %s from state %s',
                                           COALESCE(version, 0), state, v_event.version, v_event.from_state),
                HINT = 'Events were written past transition_state(), or lost: compare state_history() with a backup.';
        END IF;
        state := v_event.to_state;
        version := v_event.version;
        occurred_at := v_event.occurred_at;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.state_at(text, text, timestamptz) IS 'State and version of an entity at a moment, by replaying its events.';
REVOKE ALL ON FUNCTION domainflow.state_at(text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.state_at(text, text, timestamptz)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/state/state_at.sql
