-- Ends a legal hold; its row stays, with the reason. Itself a decision. DF301 when there is no such hold in force,
-- DF202 without a reason.
--
-- SECURITY DEFINER, because nobody writes legal_hold directly.
-- Proof: Tests/SQL/audit/hold.sql
CREATE OR REPLACE FUNCTION domainflow.release_legal_hold(p_name text, p_reason text)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_role CONSTANT text := COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text);
BEGIN
    IF COALESCE(p_name, '') = '' OR COALESCE(p_reason, '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'to release a legal hold takes its name and a reason',
            DETAIL = format('name: %s, reason: %s', COALESCE(domainflow._shown(p_name), 'null'),
                            COALESCE(domainflow._shown(p_reason), 'null')),
            HINT = 'Say why it ends: release_legal_hold(''case 17'', ''settled'').';
    END IF;
    UPDATE domainflow.legal_hold AS h
       SET released_at = clock_timestamp(), released_by = v_role, release_reason = left(p_reason, 1000)
     WHERE h.name = p_name AND h.released_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('no legal hold %s is in force', quote_literal(domainflow._shown(p_name))),
            DETAIL = format('in force: %s', COALESCE((SELECT domainflow._shown(string_agg(h.name, ', ' ORDER BY h.name))
                                                        FROM domainflow.legal_hold AS h
                                                       WHERE h.released_at IS NULL), 'none')),
            HINT = 'See table legal_hold.';
    END IF;
    PERFORM domainflow.log_authorization_decision(v_role, 'legal_hold', p_name, 'release', 'allow', '{}',
                                                  jsonb_build_object('reason', left(p_reason, 1000)));
END
$$;

COMMENT ON FUNCTION domainflow.release_legal_hold(text, text) IS 'Ends a legal hold.';
REVOKE ALL ON FUNCTION domainflow.release_legal_hold(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.release_legal_hold(text, text) TO domainflow_admin;
