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

--! include functions/state/_check_state_definition.sql @0.1.0
--! include functions/state/_check_state_exits.sql @0.1.0
--! include functions/state/_resolve_guard.sql @0.1.0
--! include functions/state/_refuse_stranding.sql @0.1.0
--! include functions/state/define_state_machine.sql @0.1.0
--! include functions/state/_judge_transition.sql @0.1.0
--! include functions/state/create_state_instance.sql @0.1.0
--! include functions/state/transition_state.sql @0.1.0
--! include functions/state/_check_state_batch.sql @0.1.0
--! include functions/state/transition_states.sql @0.1.0
--! include functions/state/validate_transition.sql @0.1.0
--! include functions/state/state_history.sql @0.1.0
--! include functions/state/state_at.sql @0.1.0
