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
