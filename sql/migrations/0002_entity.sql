-- Optimistic locking for any table: who is managed, what a call answers, and the log of calls that carry a context.

CREATE TYPE domainflow.entity_update_result AS (
    success boolean,
    new_version bigint,
    conflict_version bigint,
    error_message text
);
COMMENT ON TYPE domainflow.entity_update_result
IS 'Answer to a versioned update: on success the new version, on a conflict the version that was found, else the reason.';

CREATE TABLE domainflow.managed_entity (
    entity text NOT NULL,
    relation regclass NOT NULL,
    key_column name NOT NULL,
    version_column name NOT NULL,
    key_type text NOT NULL,
    settable_columns name [] NOT NULL,
    single_function text NOT NULL,
    batch_function text NOT NULL,
    managed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT managed_entity_pkey PRIMARY KEY (entity),
    CONSTRAINT managed_entity_relation_key UNIQUE (relation),
    CONSTRAINT managed_entity_entity_check CHECK (entity OPERATOR(pg_catalog.~) '^[a-z][a-z0-9_]{0,39}$')
);
COMMENT ON TABLE domainflow.managed_entity IS 'Tables that manage_entity() gave their own update functions.';
COMMENT ON COLUMN domainflow.managed_entity.settable_columns IS 'Columns that new_data may name, as they were when the functions were generated.';
COMMENT ON COLUMN domainflow.managed_entity.single_function IS 'Signature of the generated single form.';
COMMENT ON COLUMN domainflow.managed_entity.batch_function IS 'Signature of the generated batch form.';
COMMENT ON INDEX domainflow.managed_entity_pkey IS 'Serves the generic form: entity to function.';
COMMENT ON INDEX domainflow.managed_entity_relation_key IS 'Serves unmanage_entity() and keeps a table from being managed under two names.';
GRANT SELECT ON domainflow.managed_entity TO domainflow_app, domainflow_reader, domainflow_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON domainflow.managed_entity TO domainflow_owner;

CREATE TABLE domainflow.entity_event (
    entity text NOT NULL,
    entity_id text NOT NULL,
    version bigint NOT NULL,
    data jsonb NOT NULL,
    context jsonb NOT NULL,
    actor text NOT NULL DEFAULT current_user,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text DEFAULT CASE
        WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.current_setting('domainflow.correlation_id', true) END
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.entity_event IS 'Updates that were called with an operation context, in the same transaction. Append-only; retention drops partitions.';
COMMENT ON COLUMN domainflow.entity_event.version IS 'Version that the update made.';
COMMENT ON COLUMN domainflow.entity_event.data IS 'Columns the update set, as they were given.';
COMMENT ON COLUMN domainflow.entity_event.context IS 'Operation context, as it was given.';
COMMENT ON COLUMN domainflow.entity_event.actor IS 'Database role that called.';

-- The key and the indexes belong to the partitions; ensure_partitions copies those of the default one. On the parent, which is
-- an extension's member, they would make every partition attached by a restore come with indexes that the dump creates again.
CREATE TABLE domainflow.entity_event_default PARTITION OF domainflow.entity_event (
    CONSTRAINT entity_event_default_pkey PRIMARY KEY (entity, entity_id, version, recorded_at)
) DEFAULT;
COMMENT ON TABLE domainflow.entity_event_default IS 'Rows outside every dated partition.';
COMMENT ON INDEX domainflow.entity_event_default_pkey IS 'Serves the history of one entity in the order of its versions.';

CREATE INDEX entity_event_default_transaction_id_idx ON domainflow.entity_event_default (transaction_id);
COMMENT ON INDEX domainflow.entity_event_default_transaction_id_idx IS 'Serves the trail of one transaction: everything written by it, over all areas.';

CREATE TRIGGER entity_event_append_only
BEFORE UPDATE OR DELETE ON domainflow.entity_event
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER entity_event_no_truncate
BEFORE TRUNCATE ON domainflow.entity_event
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER entity_event_default_no_truncate
BEFORE TRUNCATE ON domainflow.entity_event_default
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();

GRANT SELECT, INSERT ON domainflow.entity_event TO domainflow_app;
GRANT SELECT ON domainflow.entity_event TO domainflow_reader, domainflow_auditor;

--! include functions/entity/_check_entity_data.sql @0.1.0
--! include functions/entity/_check_entity_batch.sql @0.1.0
--! include functions/entity/_explain_entity_miss.sql @0.1.0
--! include functions/entity/_entity_name.sql @0.1.0
--! include functions/entity/_entity_key.sql @0.1.0
--! include functions/entity/_add_entity_version.sql @0.1.0
--! include functions/entity/_entity_target.sql @0.1.0
--! include functions/entity/_entity_assignments.sql @0.1.0
--! include functions/entity/_entity_single_source.sql @0.1.0
--! include functions/entity/_entity_batch_source.sql @0.1.0
--! include functions/entity/_drop_entity_functions.sql @0.1.0
--! include functions/entity/manage_entity.sql @0.1.0
--! include functions/entity/unmanage_entity.sql @0.1.0
--! include functions/entity/atomic_update_entity_state.sql @0.1.0
