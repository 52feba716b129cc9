-- Retention with a floor, a brake and a witness; and nobody but a function writes the tables of decisions, metrics and measures.
--! lock-timeout: 2s
--! allow: drop-create-function their arguments or results change; the grants are given again beside each function
--! allow: definer-without-search-path hot functions in which every name, type and operator is qualified

CREATE TABLE domainflow.retention_drop (
    table_name text NOT NULL,
    partition_name text NOT NULL,
    dropped_at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    row_count bigint NOT NULL,
    first_row_at timestamp with time zone,
    last_row_at timestamp with time zone,
    range_from timestamp with time zone NOT NULL,
    range_to timestamp with time zone NOT NULL,
    bytes bigint NOT NULL,
    retention interval NOT NULL,
    kept_from timestamp with time zone NOT NULL,
    isolation_level text NOT NULL,
    session_role text NOT NULL,
    effective_role text NOT NULL,
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    CONSTRAINT retention_drop_pkey PRIMARY KEY (table_name, partition_name, dropped_at),
    CONSTRAINT retention_drop_row_count_check CHECK (row_count OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT retention_drop_range_check CHECK (range_to OPERATOR(pg_catalog.<=) kept_from)
);
COMMENT ON TABLE domainflow.retention_drop
IS 'Each partition that retention dropped, recorded in the same transaction before it went. Append-only.';
COMMENT ON COLUMN domainflow.retention_drop.first_row_at IS 'Time of the oldest row that went; null when the partition was empty.';
COMMENT ON COLUMN domainflow.retention_drop.last_row_at IS 'Time of the newest row that went.';
COMMENT ON COLUMN domainflow.retention_drop.bytes IS 'Size with indexes.';
COMMENT ON COLUMN domainflow.retention_drop.retention IS 'The retention of the table at that time.';
COMMENT ON COLUMN domainflow.retention_drop.kept_from IS 'The moment of the drop, less the retention.';
COMMENT ON COLUMN domainflow.retention_drop.isolation_level
IS 'At read committed the row count is exact; above it, it is that of the caller''s snapshot.';
COMMENT ON COLUMN domainflow.retention_drop.session_role IS 'Role that logged in.';
COMMENT ON COLUMN domainflow.retention_drop.effective_role IS 'Role taken with SET ROLE, otherwise the one that logged in.';
COMMENT ON INDEX domainflow.retention_drop_pkey IS 'Serves auditors: what of a table is gone.';
CREATE TRIGGER retention_drop_no_change BEFORE UPDATE OR DELETE ON domainflow.retention_drop
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER retention_drop_no_truncate BEFORE TRUNCATE ON domainflow.retention_drop
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.retention_drop ENABLE ALWAYS TRIGGER retention_drop_no_change;
ALTER TABLE domainflow.retention_drop ENABLE ALWAYS TRIGGER retention_drop_no_truncate;
GRANT SELECT ON domainflow.retention_drop TO domainflow_auditor;

ALTER TABLE domainflow.partition_policy
ADD COLUMN set_at timestamp with time zone,
ADD COLUMN set_by text,
ADD COLUMN checked_at timestamp with time zone;
COMMENT ON COLUMN domainflow.partition_policy.set_at IS 'Last call of set_retention; null for a row of release 0.3.5 or before.';
COMMENT ON COLUMN domainflow.partition_policy.set_by IS 'Role that made that call.';
COMMENT ON COLUMN domainflow.partition_policy.checked_at
IS 'Last call of drop_expired_partitions that trusted the clock: the next one may come 45 days later at most.';
REVOKE INSERT, UPDATE, DELETE ON domainflow.partition_policy FROM domainflow_admin;

-- Which login recorded a statement: a plan of it is taken with the rights of that role only.
ALTER TABLE domainflow.query_performance_metrics ADD COLUMN session_role text;
COMMENT ON COLUMN domainflow.query_performance_metrics.session_role
IS 'Role that logged in and recorded it; null for rows of release 0.3.5 or before.';

-- Functions write them, so that time, transaction and role are the server's.
REVOKE INSERT ON domainflow.transaction_metric, domainflow.query_performance_metrics, domainflow.database_performance_metrics
FROM domainflow_app;

-- Partitions made so far copied the rights to write of their tables. Rows are written through the table. And the triggers that keep
-- rows from being changed fire whatever session_replication_role says.
DO $partitions$
DECLARE
    v_grant record;
    v_trigger record;
BEGIN
    FOR v_grant IN
        SELECT i.inhrelid::pg_catalog.regclass AS relation, a.privilege_type, pg_catalog.pg_get_userbyid(a.grantee) AS grantee
          FROM pg_catalog.pg_inherits AS i
          JOIN pg_catalog.pg_class AS p ON p.oid OPERATOR(pg_catalog.=) i.inhparent
          JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid
         CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
         WHERE p.relnamespace OPERATOR(pg_catalog.=) 'domainflow'::pg_catalog.regnamespace
           AND p.relkind OPERATOR(pg_catalog.=) 'p'
           AND c.relkind OPERATOR(pg_catalog.=) 'r'
           AND p.relowner OPERATOR(pg_catalog.=) c.relowner
           AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
           AND a.grantee OPERATOR(pg_catalog.<>) 0
           AND a.privilege_type OPERATOR(pg_catalog.<>) 'SELECT'
    LOOP
        EXECUTE pg_catalog.format('REVOKE %s ON %s FROM %I', v_grant.privilege_type, v_grant.relation, v_grant.grantee);
    END LOOP;
    FOR v_trigger IN
        SELECT t.tgrelid::pg_catalog.regclass AS relation, t.tgname
          FROM pg_catalog.pg_trigger AS t
          JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
         WHERE c.relnamespace OPERATOR(pg_catalog.=) 'domainflow'::pg_catalog.regnamespace
           AND t.tgfoid OPERATOR(pg_catalog.=) 'domainflow._refuse_change()'::pg_catalog.regprocedure
           AND t.tgenabled OPERATOR(pg_catalog.<>) 'A'
         ORDER BY c.relkind DESC
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', v_trigger.relation, v_trigger.tgname);
    END LOOP;
END
$partitions$;

-- Their result or arguments change.
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow.drop_expired_partitions();
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._monthly_tables();
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._decision_is_valid(text, text, text, text, text [], jsonb, jsonb, double precision);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._refuse_decision(bigint, text, text, text, text, text [], double precision);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._check_transaction_metric(text, double precision, boolean, integer, text);

--! include functions/audit/_decision_is_valid.sql @0.4.0
--! include functions/audit/_refuse_decision.sql @0.4.0
--! include functions/audit/log_authorization_decision.sql @0.4.0
--! include functions/audit/log_authorization_decisions.sql @0.4.0
--! include functions/audit/get_authorization_decisions.sql @0.4.0
--! include functions/audit/_monthly_tables.sql @0.4.0
--! include functions/audit/_lock_for_maintenance.sql @0.4.0
--! include functions/audit/_missing_months.sql @0.4.0
--! include functions/audit/_guard_partition.sql @0.4.0
--! include functions/audit/_add_month_partitions.sql @0.4.0
--! include functions/audit/ensure_partitions.sql @0.4.0
--! include functions/audit/_retention_floor.sql @0.4.0
--! include functions/audit/_kept_from.sql @0.4.0
--! include functions/audit/_month_partitions.sql @0.4.0
--! include functions/audit/_clock_doubt.sql @0.4.0
--! include functions/audit/_drop_partition.sql @0.4.0
--! include functions/audit/set_retention.sql @0.4.0
--! include functions/audit/drop_expired_partitions.sql @0.4.0
--! include functions/transaction/_check_transaction_metric.sql @0.4.0
--! include functions/transaction/record_transaction_metric.sql @0.4.0
--! include functions/transaction/record_transaction_metrics.sql @0.4.0
--! include functions/transaction/record_transaction_counts.sql @0.4.0
--! include functions/resource/record_pool_metrics.sql @0.4.0
--! include functions/query/record_query_performances.sql @0.4.0

--! include install/hand_over.sql @0.4.0
