-- Authorization decisions in an append-only log, and the monthly partitions of every table that grows with time.

CREATE TABLE domainflow.audit_log (
    id uuid NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    user_id text NOT NULL,
    resource_type text NOT NULL,
    resource_id text,
    action text NOT NULL,
    decision text NOT NULL,
    policies text [] NOT NULL,
    context jsonb NOT NULL,
    request_context jsonb NOT NULL,
    execution_time_ms double precision,
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    session_role text NOT NULL DEFAULT session_user,
    effective_role text NOT NULL,
    backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
    application_name text NOT NULL,
    CONSTRAINT audit_log_decision_check
    CHECK (decision OPERATOR(pg_catalog.=) 'allow' OR decision OPERATOR(pg_catalog.=) 'deny'),
    CONSTRAINT audit_log_execution_time_ms_check CHECK (execution_time_ms OPERATOR(pg_catalog.>=) 0)
) PARTITION BY RANGE (decided_at);
COMMENT ON TABLE domainflow.audit_log
IS 'Every authorization decision, in the transaction that it permitted or refused. Append-only; a month per partition.';
COMMENT ON COLUMN domainflow.audit_log.decided_at IS 'clock_timestamp() of the decision, not the start of its transaction.';
COMMENT ON COLUMN domainflow.audit_log.resource_id IS 'Null when the action is about the type as a whole, such as creating one.';
COMMENT ON COLUMN domainflow.audit_log.policies IS 'Names of the policies that matched, in the order they were consulted.';
COMMENT ON COLUMN domainflow.audit_log.context IS 'What the policies were given: attributes of user and resource.';
COMMENT ON COLUMN domainflow.audit_log.request_context IS 'Where the request came from: address, path, agent, job.';
COMMENT ON COLUMN domainflow.audit_log.execution_time_ms IS 'Time the decision took, in milliseconds.';
COMMENT ON COLUMN domainflow.audit_log.transaction_id IS 'Joins the decision with all that was written under it.';
COMMENT ON COLUMN domainflow.audit_log.session_role IS 'Role that logged in.';
COMMENT ON COLUMN domainflow.audit_log.effective_role IS 'Role taken with SET ROLE, otherwise the one that logged in.';

CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON domainflow.audit_log
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON domainflow.audit_log
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
-- ALWAYS: session_replication_role = replica does not switch them off. Partitions made from here on inherit the row trigger so.
ALTER TABLE domainflow.audit_log ENABLE ALWAYS TRIGGER audit_log_no_change;
ALTER TABLE domainflow.audit_log ENABLE ALWAYS TRIGGER audit_log_no_truncate;

-- The key and the indexes belong to the partitions; ensure_partitions copies those of the default one. On the parent, which is
-- an extension's member, they would make every partition attached by a restore come with indexes that the dump creates again.
CREATE TABLE domainflow.audit_log_default PARTITION OF domainflow.audit_log (
    CONSTRAINT audit_log_default_pkey PRIMARY KEY (id, decided_at)
) DEFAULT;
COMMENT ON TABLE domainflow.audit_log_default
IS 'Takes decisions of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.audit_log_default_pkey IS 'Serves the lookup of the decision whose id an answer quoted.';

CREATE INDEX audit_log_default_decided_at_idx ON domainflow.audit_log_default USING brin (decided_at);
COMMENT ON INDEX domainflow.audit_log_default_decided_at_idx
IS 'Serves get_authorization_decisions: the last hours, over all users.';
CREATE INDEX audit_log_default_user_id_idx ON domainflow.audit_log_default (user_id, decided_at);
COMMENT ON INDEX domainflow.audit_log_default_user_id_idx IS 'Serves get_authorization_decisions by user.';
CREATE INDEX audit_log_default_resource_idx ON domainflow.audit_log_default (resource_type, resource_id, decided_at);
COMMENT ON INDEX domainflow.audit_log_default_resource_idx IS 'Serves get_authorization_decisions by resource.';
CREATE INDEX audit_log_default_transaction_id_idx ON domainflow.audit_log_default (transaction_id);
COMMENT ON INDEX domainflow.audit_log_default_transaction_id_idx IS 'Serves campaign_trail: the decisions behind a write.';
CREATE INDEX audit_log_default_correlation_id_idx ON domainflow.audit_log_default (correlation_id)
WHERE correlation_id IS NOT NULL;
COMMENT ON INDEX domainflow.audit_log_default_correlation_id_idx IS 'Serves get_authorization_decisions by correlation id.';
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON domainflow.audit_log_default
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.audit_log_default ENABLE ALWAYS TRIGGER audit_log_no_truncate;

-- The application writes through log_authorization_decision only and cannot read what it wrote.
GRANT SELECT ON domainflow.audit_log TO domainflow_auditor;

CREATE TABLE domainflow.partition_policy (
    table_name text NOT NULL,
    retention interval NOT NULL,
    CONSTRAINT partition_policy_pkey PRIMARY KEY (table_name),
    CONSTRAINT partition_policy_retention_check CHECK (retention OPERATOR(pg_catalog.>) interval '0')
);
COMMENT ON TABLE domainflow.partition_policy
IS 'How long the rows of a monthly partitioned table are kept. No row: for ever. Applied by drop_expired_partitions.';
COMMENT ON COLUMN domainflow.partition_policy.table_name IS 'A table of schema domainflow, without the schema.';
COMMENT ON COLUMN domainflow.partition_policy.retention IS 'A month is dropped when its last moment is older than this.';
COMMENT ON INDEX domainflow.partition_policy_pkey IS 'Serves drop_expired_partitions: the policy of a table.';
GRANT SELECT, INSERT, UPDATE, DELETE ON domainflow.partition_policy TO domainflow_admin;

--! include functions/audit/_decision_is_valid.sql @0.1.0
--! include functions/audit/_refuse_decision.sql @0.1.0
--! include functions/audit/_policy_names.sql @0.1.0
--! include functions/audit/log_authorization_decision.sql @0.1.0
--! include functions/audit/log_authorization_decisions.sql @0.1.0
--! include functions/audit/get_authorization_decisions.sql @0.1.0
--! include functions/audit/_in_extension_script.sql @0.1.0
--! include functions/audit/_monthly_tables.sql @0.1.0
--! include functions/audit/_partition_name.sql @0.1.0
--! include functions/audit/_missing_months.sql @0.1.0
--! include functions/audit/_guard_partition.sql @0.1.0
--! include functions/audit/_add_month_partitions.sql @0.1.0
--! include functions/audit/ensure_partitions.sql @0.1.0
--! include functions/audit/drop_expired_partitions.sql @0.1.0
