-- Defines a state machine, or changes one: initial state, states, transitions, guards. Returns its revision; defining the same again
-- changes nothing.
--
-- Atomic: other sessions see the old machine or the new one. It locks no entity and no other machine, and waits for no transition: a state
-- that the new definition leaves out is retired. Nothing leads into it any more, and what led out of it stays, so an entity that a
-- transition under way still brings there has a way on. Transitions of one entity never go back to an older definition. DF201, DF202, DF203
-- for a definition that is wrong, DF204 for one that is too large · DF201 for one of DomainFlow's own machines · DF706 when it would retire a
-- state that entities are in. p_built_in is for the steps of DomainFlow (DF102 for others): a dump leaves such machines out. Callers that
-- define one machine at once are taken one after the other; at REPEATABLE READ and SERIALIZABLE the loser gets 40001.
-- Proof: Scenarios/state/define_orders.spec, Tests/SQL/state/define_state_machine.sql
CREATE OR REPLACE FUNCTION domainflow.define_state_machine(
    p_machine text,
    p_definition jsonb,
    p_built_in boolean DEFAULT false
)
RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old domainflow.state_machine;
BEGIN
    PERFORM domainflow._check_state_definition(p_machine, p_definition);
    PERFORM domainflow._check_state_exits(p_machine, p_definition);
    PERFORM domainflow._refuse_built_in(p_machine, p_built_in);

    SELECT m.* INTO v_old FROM domainflow.state_machine AS m WHERE m.machine = p_machine FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO domainflow.state_machine (machine, definition, revision, built_in)
        VALUES (p_machine, p_definition, 1, p_built_in)
        ON CONFLICT (machine) DO NOTHING;
        IF NOT FOUND THEN
            -- Somebody else has just defined it for the first time.
            SELECT m.* INTO v_old FROM domainflow.state_machine AS m WHERE m.machine = p_machine FOR NO KEY UPDATE;
        END IF;
    END IF;
    IF v_old.machine IS NOT NULL THEN
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
        PERFORM domainflow._refuse_stranding(p_machine, p_definition);
        UPDATE domainflow.state_machine AS m
           SET definition = p_definition, revision = v_old.revision + 1, built_in = p_built_in, defined_at = clock_timestamp()
         WHERE m.machine = p_machine;
        UPDATE domainflow.state AS s
           SET initial = false, retired = s.retired OR NOT (p_definition -> 'states') ? s.state
         WHERE s.machine = p_machine
           AND ((s.initial AND s.state <> p_definition ->> 'initial') OR NOT (s.retired OR (p_definition -> 'states') ? s.state));
    END IF;
    INSERT INTO domainflow.state AS s (machine, state, initial, terminal, retired)
    SELECT p_machine, n.key, n.key = p_definition ->> 'initial', COALESCE((n.value -> 'terminal')::boolean, false), false
      FROM jsonb_each(p_definition -> 'states') AS n (key, value)
    ON CONFLICT (machine, state) DO UPDATE
       SET initial = excluded.initial, terminal = excluded.terminal, retired = false
     WHERE (s.initial, s.terminal, s.retired) IS DISTINCT FROM (excluded.initial, excluded.terminal, false);
    DELETE FROM domainflow.state_transition AS t
     USING domainflow.state AS s
     WHERE t.machine = p_machine AND s.machine = p_machine AND s.state = t.from_state AND NOT s.retired
       AND (t.from_state, t.to_state) NOT IN (
           SELECT n.value ->> 'from', n.value ->> 'to' FROM jsonb_array_elements(p_definition -> 'transitions') AS n (value));
    INSERT INTO domainflow.state_transition AS t (machine, from_state, to_state, guard, guard_gives_reason)
    SELECT p_machine, n.value ->> 'from', n.value ->> 'to', g.guard, COALESCE(g.gives_reason, false)
      FROM jsonb_array_elements(p_definition -> 'transitions') AS n (value)
      LEFT JOIN (SELECT d.name, r.guard, r.gives_reason
                   FROM (SELECT DISTINCT n.value ->> 'guard' FROM jsonb_array_elements(p_definition -> 'transitions') AS n (value)) AS d (name)
                  CROSS JOIN LATERAL domainflow._resolve_guard(d.name) AS r) AS g ON g.name = n.value ->> 'guard'
    ON CONFLICT (machine, from_state, to_state) DO UPDATE
       SET guard = excluded.guard, guard_gives_reason = excluded.guard_gives_reason
     WHERE (t.guard, t.guard_gives_reason) IS DISTINCT FROM (excluded.guard, excluded.guard_gives_reason);
    RETURN COALESCE(v_old.revision, 0) + 1;
END
$$;

COMMENT ON FUNCTION domainflow.define_state_machine(text, jsonb, boolean)
IS 'Defines or changes a state machine: states, initial and terminal ones, transitions, guards. Returns its revision.';
REVOKE ALL ON FUNCTION domainflow.define_state_machine(text, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.define_state_machine(text, jsonb, boolean) TO domainflow_owner;
