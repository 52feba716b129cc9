-- The tables that audit_guard_status() watches: those whose rows are never changed or deleted. A new one is added here.
CREATE OR REPLACE FUNCTION domainflow._audit_logs()
RETURNS TABLE (log_name text, time_column text, has_pulse boolean)
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    VALUES ('audit_log', 'decided_at', true), ('row_change', 'changed_at', true), ('audit_read', 'read_at', false),
           ('retention_drop', 'dropped_at', false), ('entity_event', 'recorded_at', true), ('state_event', 'occurred_at', true),
           ('audit_leaf', 'decided_at', false), ('audit_node', NULL, false), ('audit_head', NULL, false), ('audit_erasure', 'erased_at', false),
           ('authz_revision', 'defined_at', false)
$$;

COMMENT ON FUNCTION domainflow._audit_logs()
IS 'The append-only tables, their time, and whether they are expected to grow each hour.';
REVOKE ALL ON FUNCTION domainflow._audit_logs() FROM PUBLIC;
