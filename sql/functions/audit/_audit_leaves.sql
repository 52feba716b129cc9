-- Remembers, for this command, that a row left a partition, so that _audit_moved_from() knows its coming where it goes.
--
-- PostgreSQL fires DELETE and INSERT for a row that an UPDATE moves, right after each other and with the same command
-- number. A row that this transaction may itself have inserted has no such number to read.
CREATE OR REPLACE FUNCTION domainflow._audit_leaves(p_change bigint, p_inserted_by xid, p_command cid)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('domainflow.audit_leaves',
        CASE WHEN p_inserted_by::text::bigint < (pg_current_xact_id()::text::bigint & 4294967295)
             THEN format('%s %s', p_change, p_command) ELSE '' END, true);
END
$$;

COMMENT ON FUNCTION domainflow._audit_leaves(bigint, xid, cid)
IS 'Remembers that a row left a partition in this command.';
REVOKE ALL ON FUNCTION domainflow._audit_leaves(bigint, xid, cid) FROM PUBLIC;
