-- The change by which a row left another partition of its table, when it comes in by the same command; else null.
--
-- What a session remembers it may also forge, so the change must be of this transaction, a DELETE, and of another
-- partition of the same table.
CREATE OR REPLACE FUNCTION domainflow._audit_moved_from(p_command cid, p_schema text, p_table text, p_partition text)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_left text := current_setting('domainflow.audit_leaves', true);
BEGIN
    IF v_left IS NULL OR v_left !~ '^[0-9]{1,18} [0-9]{1,10}$' OR split_part(v_left, ' ', 2) <> p_command::text THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('domainflow.audit_leaves', '', true);
    RETURN (SELECT r.id
              FROM domainflow.row_change AS r
             WHERE r.transaction_id = pg_current_xact_id()
               AND r.id = split_part(v_left, ' ', 1)::bigint
               AND r.operation = 'DELETE'
               AND r.schema_name = p_schema
               AND r.table_name = p_table
               AND r.partition_name <> p_partition);
END
$$;

COMMENT ON FUNCTION domainflow._audit_moved_from(cid, text, text, text)
IS 'The change by which a row left another partition in this command.';
REVOKE ALL ON FUNCTION domainflow._audit_moved_from(cid, text, text, text) FROM PUBLIC;
