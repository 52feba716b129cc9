-- State machines: only functions write states and events, guards run without rights, a definition locks nothing but its machine.
--! lock-timeout: 2s

ALTER TABLE domainflow.state ADD COLUMN retired boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN domainflow.state.retired IS 'True when the definition has it no more: nothing leads into it, and its ways out stay.';

REVOKE INSERT, UPDATE ON domainflow.state_instance FROM domainflow_app, domainflow_owner;
REVOKE INSERT ON domainflow.state_event FROM domainflow_app, domainflow_owner;
REVOKE INSERT, UPDATE, DELETE ON domainflow.state_machine, domainflow.state, domainflow.state_transition FROM domainflow_owner;

--! include functions/state/_refuse_state_size.sql @0.4.0
--! include functions/state/_refuse_built_in.sql @0.4.0
--! include functions/state/_check_state_definition.sql @0.4.0
--! include functions/state/_check_state_exits.sql @0.4.0
--! include functions/state/_check_state_batch.sql @0.4.0
--! include functions/state/_resolve_guard.sql @0.4.0
--! include functions/state/_refuse_stranding.sql @0.4.0
--! include functions/state/_call_guard.sql @0.4.0
--! include functions/state/_judge_transition.sql @0.4.0
--! include functions/state/define_state_machine.sql @0.4.0
--! include functions/state/create_state_instance.sql @0.4.0
--! include functions/state/_refuse_move.sql @0.4.0
--! include functions/state/transition_state.sql @0.4.0
--! include functions/state/transition_states.sql @0.4.0
--! include functions/state/validate_transition.sql @0.4.0

REVOKE ALL ON FUNCTION domainflow._check_state_definition(text, jsonb), domainflow._check_state_exits(text, jsonb),
domainflow._check_state_batch(text, text[], text[], bigint[]), domainflow._resolve_guard(text), domainflow._refuse_stranding(text, jsonb),
domainflow._judge_transition(text, text, text, bigint, text, bigint, jsonb)
FROM domainflow_app, domainflow_reader, domainflow_owner;

-- Guards of machines that are there: each that could not be called from now on is named.
DO $guards$
DECLARE
    v_guard record;
BEGIN
    FOR v_guard IN
        SELECT DISTINCT t.machine, t.guard, f.oid IS NULL AS is_gone, f.prosecdef AS is_definer,
               pg_catalog.has_function_privilege('domainflow_guard', f.oid, 'EXECUTE')
               AND pg_catalog.has_schema_privilege('domainflow_guard', f.pronamespace, 'USAGE') AS is_callable
          FROM domainflow.state_transition AS t
          LEFT JOIN pg_catalog.pg_proc AS f
            ON f.oid OPERATOR(pg_catalog.=) pg_catalog.to_regprocedure(
                   t.guard OPERATOR(pg_catalog.||) '(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.jsonb)')
         WHERE t.guard IS NOT NULL
    LOOP
        IF v_guard.is_gone OR NOT v_guard.is_callable THEN
            RAISE WARNING 'domainflow: guard % of machine % is gone or not executable by domainflow_guard: its transitions are refused',
                v_guard.guard, v_guard.machine;
        ELSIF NOT v_guard.is_definer THEN
            RAISE WARNING 'domainflow: guard % of machine % runs as domainflow_guard from now on: make it SECURITY DEFINER if it reads tables',
                v_guard.guard, v_guard.machine;
        END IF;
    END LOOP;
END
$guards$;

--! include install/hand_over.sql @0.4.0
