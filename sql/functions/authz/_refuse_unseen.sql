-- Above READ COMMITTED: 40001 when rights were changed by a transaction that this one's snapshot does not show. Part of
-- _fence_access.
CREATE OR REPLACE FUNCTION domainflow._refuse_unseen(p_decision domainflow.audit_log)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_last xid8 := (SELECT s.last_value::text::xid8 FROM domainflow.authz_revocation AS s);
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' AND v_last <> pg_current_xact_id()
       AND NOT pg_visible_in_snapshot(v_last, pg_current_snapshot()) AND domainflow._has_happened(v_last) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'serialization_failure',
            MESSAGE = 'rights were changed while this transaction ran',
            DETAIL = format('subject: %s, action: %s, resource: %s:%s', domainflow._shown(p_decision.user_id), domainflow._shown(p_decision.action),
                            domainflow._shown(p_decision.resource_type), domainflow._shown(p_decision.resource_id)),
            HINT = 'Run the transaction again: it decides by what is true now.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_unseen IS 'Refuses a commit whose snapshot does not show the last change of rights.';
REVOKE ALL ON FUNCTION domainflow._refuse_unseen FROM PUBLIC;
