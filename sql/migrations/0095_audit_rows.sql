-- Changes of rows of any table, recorded with old and new values in the transaction that made them.
--! lock-timeout: 2s
--! allow: drop-create-function an argument is added at the end, with a default; the grants are given again beside the function
--! allow: missing-primary-key the key belongs to the partitions, as in audit_log

CREATE SEQUENCE domainflow.audit_seq;
COMMENT ON SEQUENCE domainflow.audit_seq IS 'Ids of row_change and audit_read: one order for both.';

-- Without a CHECK: PostgreSQL would prepare it for each row that is recorded, and only functions write here.
CREATE TABLE domainflow.row_change (
    id bigint NOT NULL DEFAULT pg_catalog.nextval('domainflow.audit_seq'::pg_catalog.regclass),
    changed_at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    operation text NOT NULL,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    partition_name text,
    key jsonb,
    key_hash bigint,
    new_key jsonb,
    old jsonb,
    new jsonb,
    redacted jsonb,
    estimated_rows bigint,
    moved_from bigint,
    actor text DEFAULT pg_catalog.left(NULLIF(pg_catalog.current_setting('domainflow.actor', true), ''), 200),
    correlation_id text DEFAULT pg_catalog.left(NULLIF(pg_catalog.current_setting('domainflow.correlation_id', true), ''), 200),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    session_role text NOT NULL DEFAULT session_user,
    effective_role text NOT NULL DEFAULT COALESCE(NULLIF(pg_catalog.current_setting('role'), 'none'), session_user),
    backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
    application_name text NOT NULL DEFAULT pg_catalog.current_setting('application_name')
) PARTITION BY RANGE (changed_at);
COMMENT ON TABLE domainflow.row_change
IS 'Every change of a row of an audited table, in the transaction that made it. Append-only; a month per partition.';
COMMENT ON COLUMN domainflow.row_change.id IS 'Ascends within a row of the audited table, and within a transaction.';
COMMENT ON COLUMN domainflow.row_change.changed_at IS 'clock_timestamp() of the change, not the start of its transaction.';
COMMENT ON COLUMN domainflow.row_change.operation
IS 'What happened to the row; TRUNCATE of all rows; AUDIT and UNAUDIT: from here on changes are recorded, or are not.';
COMMENT ON COLUMN domainflow.row_change.partition_name IS 'The partition, schema included, when the table is partitioned.';
COMMENT ON COLUMN domainflow.row_change.key IS 'Primary key of the row before the change; null when the table has none.';
COMMENT ON COLUMN domainflow.row_change.key_hash IS 'Hash of key, for the index: keys may be too long for one.';
COMMENT ON COLUMN domainflow.row_change.new_key IS 'Primary key after the change, when an UPDATE changed it.';
COMMENT ON COLUMN domainflow.row_change.old
IS 'Values before: of all columns, or of those that an UPDATE changed. A text of it, cast to the type of the column, is the value.';
COMMENT ON COLUMN domainflow.row_change.new IS 'Values after, in the same way.';
COMMENT ON COLUMN domainflow.row_change.redacted
IS 'Columns whose values are not recorded, and whether this change was one of them.';
COMMENT ON COLUMN domainflow.row_change.estimated_rows
IS 'TRUNCATE: rows that went, as the planner estimated; null when the table was never analysed.';
COMMENT ON COLUMN domainflow.row_change.moved_from
IS 'INSERT: id of the DELETE by which the row left another partition in the same command.';
COMMENT ON COLUMN domainflow.row_change.actor
IS 'Setting domainflow.actor of the session: what the application says; not proven.';
COMMENT ON COLUMN domainflow.row_change.session_role IS 'Role that logged in.';
COMMENT ON COLUMN domainflow.row_change.effective_role IS 'Role taken with SET ROLE, otherwise the one that logged in.';

CREATE TRIGGER row_change_no_change BEFORE UPDATE OR DELETE ON domainflow.row_change
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER row_change_no_truncate BEFORE TRUNCATE ON domainflow.row_change
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.row_change ENABLE ALWAYS TRIGGER row_change_no_change;
ALTER TABLE domainflow.row_change ENABLE ALWAYS TRIGGER row_change_no_truncate;

CREATE TABLE domainflow.row_change_default PARTITION OF domainflow.row_change (
    CONSTRAINT row_change_default_pkey PRIMARY KEY (transaction_id, id, changed_at)
) DEFAULT;
COMMENT ON TABLE domainflow.row_change_default
IS 'Takes changes of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.row_change_default_pkey IS 'Serves export_audit and trail: what a transaction changed, in order.';
CREATE INDEX row_change_default_key_idx ON domainflow.row_change_default (table_name, key_hash, changed_at);
COMMENT ON INDEX domainflow.row_change_default_key_idx
IS 'Serves get_row_changes: the history of a row.';
CREATE INDEX row_change_default_new_key_idx
ON domainflow.row_change_default (table_name, pg_catalog.jsonb_hash_extended(new_key, 0), changed_at)
WHERE new_key IS NOT NULL;
COMMENT ON INDEX domainflow.row_change_default_new_key_idx IS 'Serves get_row_changes: how a row came to its key.';
CREATE INDEX row_change_default_changed_at_idx ON domainflow.row_change_default (changed_at);
COMMENT ON INDEX domainflow.row_change_default_changed_at_idx IS 'Serves get_row_changes: the newest changes. B-tree, because an insert into BRIN costs more.';
CREATE INDEX row_change_default_correlation_id_idx ON domainflow.row_change_default (correlation_id)
WHERE correlation_id IS NOT NULL;
COMMENT ON INDEX domainflow.row_change_default_correlation_id_idx IS 'Serves trail.';
CREATE TRIGGER row_change_no_truncate BEFORE TRUNCATE ON domainflow.row_change_default
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.row_change_default ENABLE ALWAYS TRIGGER row_change_no_truncate;

CREATE TABLE domainflow.audit_read (
    id bigint NOT NULL DEFAULT pg_catalog.nextval('domainflow.audit_seq'::pg_catalog.regclass),
    read_at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    function_name text NOT NULL,
    purpose text,
    arguments jsonb NOT NULL,
    actor text DEFAULT pg_catalog.left(NULLIF(pg_catalog.current_setting('domainflow.actor', true), ''), 200),
    correlation_id text DEFAULT pg_catalog.left(NULLIF(pg_catalog.current_setting('domainflow.correlation_id', true), ''), 200),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    session_role text NOT NULL DEFAULT session_user,
    effective_role text NOT NULL DEFAULT COALESCE(NULLIF(pg_catalog.current_setting('role'), 'none'), session_user),
    backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
    application_name text NOT NULL DEFAULT pg_catalog.current_setting('application_name')
) PARTITION BY RANGE (read_at);
COMMENT ON TABLE domainflow.audit_read
IS 'Who read the logs through functions, with what arguments and for what purpose. Append-only; a month per partition.';
COMMENT ON COLUMN domainflow.audit_read.function_name IS 'The function that was called.';
COMMENT ON COLUMN domainflow.audit_read.purpose IS 'What the reader says it was for; null when nothing was said.';
COMMENT ON COLUMN domainflow.audit_read.arguments IS 'What was asked for.';
COMMENT ON COLUMN domainflow.audit_read.actor
IS 'Setting domainflow.actor of the session: what the application says; not proven.';
COMMENT ON COLUMN domainflow.audit_read.session_role IS 'Role that logged in.';
COMMENT ON COLUMN domainflow.audit_read.effective_role IS 'Role taken with SET ROLE, otherwise the one that logged in.';
CREATE TRIGGER audit_read_no_change BEFORE UPDATE OR DELETE ON domainflow.audit_read
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER audit_read_no_truncate BEFORE TRUNCATE ON domainflow.audit_read
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.audit_read ENABLE ALWAYS TRIGGER audit_read_no_change;
ALTER TABLE domainflow.audit_read ENABLE ALWAYS TRIGGER audit_read_no_truncate;
CREATE TABLE domainflow.audit_read_default PARTITION OF domainflow.audit_read (
    CONSTRAINT audit_read_default_pkey PRIMARY KEY (transaction_id, id, read_at)
) DEFAULT;
COMMENT ON TABLE domainflow.audit_read_default
IS 'Takes reads of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.audit_read_default_pkey IS 'Serves export_audit: what a transaction read, in order.';
CREATE INDEX audit_read_default_read_at_idx ON domainflow.audit_read_default (read_at);
COMMENT ON INDEX domainflow.audit_read_default_read_at_idx IS 'Serves auditors: the reads of the last hours.';
CREATE TRIGGER audit_read_no_truncate BEFORE TRUNCATE ON domainflow.audit_read_default
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.audit_read_default ENABLE ALWAYS TRIGGER audit_read_no_truncate;
GRANT SELECT ON domainflow.audit_read TO domainflow_auditor;

CREATE TABLE domainflow.audited_table (
    function_name name NOT NULL,
    schema_name name NOT NULL,
    table_name name NOT NULL,
    relation oid NOT NULL,
    column_names name [],
    column_numbers smallint [],
    redacted_names name [] NOT NULL,
    redacted_numbers smallint [] NOT NULL,
    only_changed boolean NOT NULL,
    audited_at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    audited_by text NOT NULL,
    made_for text,
    source_hash text,
    CONSTRAINT audited_table_pkey PRIMARY KEY (function_name),
    CONSTRAINT audited_table_table_key UNIQUE (schema_name, table_name)
);
COMMENT ON TABLE domainflow.audited_table
IS 'Tables whose changes audit_table() has recorded; rebuild_generated() makes their trigger functions from it.';
COMMENT ON COLUMN domainflow.audited_table.function_name
IS 'The trigger function in schema domainflow_generated; stays when the table is renamed.';
COMMENT ON COLUMN domainflow.audited_table.relation
IS 'Number of the table when its function was made: finds a table that was renamed.';
COMMENT ON COLUMN domainflow.audited_table.column_names IS 'Columns that are recorded; null: all, those of later too.';
COMMENT ON COLUMN domainflow.audited_table.column_numbers IS 'Their numbers in the table: find columns that were renamed.';
COMMENT ON COLUMN domainflow.audited_table.redacted_names IS 'Columns whose values never reach the log.';
COMMENT ON COLUMN domainflow.audited_table.redacted_numbers IS 'Their numbers in the table.';
COMMENT ON COLUMN domainflow.audited_table.only_changed IS 'An UPDATE records the columns whose values differ.';
COMMENT ON COLUMN domainflow.audited_table.made_for IS 'Hash of the columns for which the function was made.';
COMMENT ON COLUMN domainflow.audited_table.source_hash IS 'MD5 of the function''s body as it was made, for the drift check.';
COMMENT ON INDEX domainflow.audited_table_pkey IS 'Serves _row_change_values: the choices of a table.';
COMMENT ON INDEX domainflow.audited_table_table_key IS 'Keeps a table from being audited twice.';
GRANT SELECT ON domainflow.audited_table TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;

-- Room alert begins here: its rules come later.
CREATE TABLE domainflow.alert_event (
    id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    name text NOT NULL,
    severity text NOT NULL,
    dedup_key text NOT NULL,
    opened_at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    closed_at timestamp with time zone,
    evidence jsonb NOT NULL,
    CONSTRAINT alert_event_pkey PRIMARY KEY (id),
    CONSTRAINT alert_event_severity_check CHECK (severity OPERATOR(pg_catalog.=) ANY (ARRAY['info', 'warning', 'critical'])),
    CONSTRAINT alert_event_closed_at_check CHECK (closed_at OPERATOR(pg_catalog.>=) opened_at)
);
COMMENT ON TABLE domainflow.alert_event
IS 'Alerts: opened when something is wrong, closed by themselves when it is not any more.';
COMMENT ON COLUMN domainflow.alert_event.name IS 'Kind of alert, audit_guard for instance.';
COMMENT ON COLUMN domainflow.alert_event.dedup_key IS 'What it is about: one open alert for each.';
COMMENT ON COLUMN domainflow.alert_event.closed_at IS 'Null while it is open.';
COMMENT ON COLUMN domainflow.alert_event.evidence IS 'What was found when it was opened.';
COMMENT ON INDEX domainflow.alert_event_pkey IS 'Serves links to an alert.';
CREATE UNIQUE INDEX alert_event_open_key ON domainflow.alert_event (dedup_key) WHERE closed_at IS NULL;
COMMENT ON INDEX domainflow.alert_event_open_key IS 'Serves _open_alert: one open alert for each thing.';
GRANT SELECT ON domainflow.alert_event TO domainflow_reader, domainflow_auditor, domainflow_owner;

CREATE TABLE domainflow.audit_hour (
    log_name text NOT NULL,
    hour timestamp with time zone NOT NULL,
    row_count bigint NOT NULL,
    CONSTRAINT audit_hour_pkey PRIMARY KEY (log_name, hour),
    CONSTRAINT audit_hour_row_count_check CHECK (row_count OPERATOR(pg_catalog.>=) 0)
);
COMMENT ON TABLE domainflow.audit_hour IS 'Rows of the logs in each full hour of the last nine days, as maintain() counted them.';
COMMENT ON COLUMN domainflow.audit_hour.hour IS 'Beginning of the hour.';
COMMENT ON INDEX domainflow.audit_hour_pkey IS 'Serves audit_guard_status: the usual hour.';
GRANT SELECT ON domainflow.audit_hour TO domainflow_auditor;

-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow.get_authorization_decisions(text, text, text, text, text, text, double precision, integer);

--! include functions/audit/_audit_printed.sql
--! include functions/audit/_audit_value.sql
--! include functions/audit/_audit_object.sql
--! include functions/audit/_audit_differs.sql
--! include functions/audit/_audit_key.sql
--! include functions/audit/_audit_columns.sql
--! include functions/audit/_audit_shape.sql
--! include functions/audit/_audit_leaves.sql
--! include functions/audit/_audit_moved_from.sql
--! include functions/audit/_row_change_values.sql
--! include functions/audit/_record_truncate.sql
--! include functions/audit/_find_audited_table.sql
--! include functions/audit/_is_recording.sql
--! include functions/audit/_audit_parts.sql
--! include functions/audit/_audit_source.sql
--! include functions/audit/_generate_audit.sql
--! include functions/audit/_remember_audit.sql
--! include functions/audit/_forget_audit.sql
--! include functions/audit/audit_table.sql
--! include functions/audit/unaudit_table.sql
--! include functions/meta/_is_generated.sql
--! include functions/meta/rebuild_generated.sql
--! include functions/alert/_open_alert.sql
--! include functions/alert/_close_alerts.sql
--! include functions/audit/_retention_floor.sql
--! include functions/audit/_audit_logs.sql
--! include functions/audit/_log_guards.sql
--! include functions/audit/_audited_table_guards.sql
--! include functions/audit/_count_audit_hours.sql
--! include functions/audit/_silent_log.sql
--! include functions/audit/audit_guard_status.sql
--! include functions/audit/_watch_audit.sql
--! include functions/meta/maintain.sql
--! include functions/meta/_snapshot_era.sql
--! include functions/meta/_settled_snapshot.sql
--! include functions/meta/_snapshot_cursor.sql
--! include functions/meta/_read_snapshot_cursor.sql
--! include functions/meta/_is_in_window.sql
--! include functions/audit/_check_audit_window.sql
--! include functions/audit/_record_audit_read.sql
--! include functions/audit/get_authorization_decisions.sql
--! include functions/audit/get_row_changes.sql
--! include functions/audit/_audit_events.sql
--! include functions/audit/_ocsf_event.sql
--! include functions/audit/export_audit.sql
--! include functions/audit/_correlated_tables.sql
--! include functions/audit/trail.sql
--! include functions/audit/suspicious_access.sql
--! include install/hand_over.sql
