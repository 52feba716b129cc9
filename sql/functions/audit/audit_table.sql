-- Records every change of a table's rows in row_change from now on, in the transaction of the change; returns the
-- trigger function's signature.
--
-- Old and new values, key, actor, roles, correlation and transaction id, for INSERT, UPDATE, DELETE, MERGE, COPY,
-- cascades and a subscriber's apply; TRUNCATE leaves a row too. p_columns: which are recorded, all by default; the
-- primary key always is. p_redact: columns whose values never reach the log, only whether they changed. p_only_changed:
-- an UPDATE records the columns whose values differ, and nothing when none does; false records all. Columns that are
-- added, dropped or renamed later are followed. Run it again to change a choice, or after a partition was attached;
-- again without a reason changes nothing but leaves a row AUDIT. The caller owns the table and is a member of
-- domainflow_owner. Waits for writers of the table and holds them up until the caller commits. DF405 not a table, or a
-- partition · DF203 an unknown column · DF201 the primary key redacted · DF202 a null · DF102 somebody else's table.
-- Proof: Scenarios/audit/row_change.spec, Tests/SQL/audit/row_change.sql, Tests/SQL/audit/audit_table.sql
CREATE OR REPLACE FUNCTION domainflow.audit_table(
    p_table regclass,
    p_columns text [] DEFAULT NULL,
    p_redact text [] DEFAULT '{}',
    p_only_changed boolean DEFAULT true
)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
-- Quoted by format() and regclass. @plpgsql_check_options: security_warnings = off
DECLARE
    v_function text;
    v_relation regclass;
BEGIN
    IF p_only_changed IS NULL OR array_position(p_columns || p_redact, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'p_only_changed and the names of columns must not be null',
            DETAIL = format('only_changed: %s, columns: %s, redact: %s', p_only_changed, cardinality(p_columns), cardinality(p_redact)),
            HINT = 'Leave out what you do not choose: audit_table(''account'') records all columns.';
    ELSIF NOT EXISTS (SELECT FROM pg_class AS c
                       WHERE c.oid = p_table AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
                         AND NOT c.relispartition
                         AND c.relnamespace NOT IN (
                             SELECT n.oid FROM pg_namespace AS n
                              WHERE n.nspname IN ('domainflow', 'domainflow_generated', 'pg_catalog', 'information_schema'))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = format('%s cannot be audited', COALESCE(p_table::text, 'null')),
            DETAIL = format('Only ordinary and partitioned tables of your own can, and no temporary ones; '
                            'a partition is audited with its table, %s.',
                            COALESCE(NULLIF(pg_partition_root(p_table), p_table)::text, 'here none')),
            HINT = 'Name the table behind a view or foreign table, or the partitioned table.';
    END IF;
    v_function := domainflow._remember_audit(p_table, p_columns, p_redact, p_only_changed);
    -- Row triggers are copied to partitions, those of later too; statement triggers are not. ALWAYS: session_replication_role =
    -- replica does not switch them off, and a subscriber records what it applies.
    EXECUTE format('CREATE OR REPLACE TRIGGER domainflow_audit AFTER INSERT OR UPDATE OR DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION domainflow_generated.%I()', p_table, v_function);
    FOR v_relation IN
        SELECT p_table UNION SELECT t.relid FROM pg_partition_tree(p_table) AS t ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER domainflow_audit', v_relation);
        EXECUTE format('CREATE OR REPLACE TRIGGER domainflow_audit_truncate BEFORE TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION domainflow._record_truncate()', v_relation);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER domainflow_audit_truncate', v_relation);
    END LOOP;
    RETURN format('domainflow_generated.%I()', v_function);
END
$$;

COMMENT ON FUNCTION domainflow.audit_table(regclass, text[], text[], boolean)
IS 'Records every change of a table''s rows in row_change; returns the signature of its trigger function.';
REVOKE ALL ON FUNCTION domainflow.audit_table(regclass, text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.audit_table(regclass, text[], text[], boolean) TO domainflow_owner;
