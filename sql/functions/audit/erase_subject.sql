-- Removes the values of the sealed decisions about one user, and keeps their leaves, so that every proof still holds.
--
-- user_id becomes 'erased', the contexts {}; resource_id, correlation id and application name go. What stays (when, by
-- which policies and what was decided, roles, transaction) is still proved by the leaf, with the hash of the values.
-- erased says how many decisions, at most p_limit (1 to 1,000,000) in one call; unsealed how many of the user are not
-- sealed yet and stay: call it again after seal_audit(). It is itself a decision, with reason, number and the hash over
-- the leaves, and without the user. DF304 while a legal hold is on the user or on everybody. Somebody who guesses all
-- values of a decision can see from the hash that the guess is right.
-- SECURITY DEFINER, because nobody else may change the log; a trigger lets nothing else pass.
-- Proof: Tests/SQL/audit/hold.sql
CREATE OR REPLACE FUNCTION domainflow.erase_subject(p_user_id text, p_reason text, p_limit integer DEFAULT 100000)
RETURNS TABLE (erased bigint, unsealed bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_decision uuid;
    v_hold text;
    v_ids uuid[];
    v_hash bytea;
BEGIN
    IF COALESCE(p_user_id, '') = '' OR COALESCE(p_reason, '') = '' OR p_limit IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'an erasure needs a user, a reason and a limit',
            DETAIL = format('reason: %s, limit: %s', COALESCE(domainflow._shown(p_reason), 'null'), COALESCE(p_limit::text, 'null')),
            HINT = 'Name the request: erase_subject(''ada'', ''request 17 of 2026'').';
    ELSIF p_limit NOT BETWEEN 1 AND 1000000 OR p_user_id = 'erased' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a limit is between 1 and 1000000, and no user is called erased',
            DETAIL = format('limit: %s', p_limit),
            HINT = 'Call it again for the rest.';
    END IF;
    SELECT min(h.name) INTO v_hold FROM domainflow.legal_hold AS h
     WHERE h.released_at IS NULL AND (h.user_id IS NULL OR h.user_id = p_user_id);
    IF v_hold IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF304',
            MESSAGE = format('legal hold %s keeps the decisions of this user', quote_literal(domainflow._shown(v_hold))),
            DETAIL = format('reason of the erasure: %s', domainflow._shown(p_reason)),
            HINT = 'Release the hold first: release_legal_hold(name, reason).';
    END IF;
    SELECT array_agg(f.id), sha256(string_agg(f.leaf_hash, ''::bytea ORDER BY f.leaf_index))
      INTO v_ids, v_hash
      FROM (SELECT a.id, l.leaf_hash, l.leaf_index
              FROM domainflow.audit_log AS a
              JOIN domainflow.audit_leaf AS l ON l.id = a.id
             WHERE a.user_id = p_user_id
             ORDER BY l.leaf_index
             LIMIT p_limit) AS f;
    erased := COALESCE(cardinality(v_ids), 0)::bigint;
    IF erased > 0 THEN
        v_decision := domainflow.log_authorization_decision(
            COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text), 'audit_subject', NULL, 'erase', 'allow', '{}',
            jsonb_build_object('reason', domainflow._shown(p_reason), 'rows', erased, 'leaves', encode(v_hash, 'hex')));
        INSERT INTO domainflow.audit_erasure (id, values_hash, erased_at, decision_id)
        SELECT a.id, sha256(domainflow._audit_values(a, l.version)), clock_timestamp(), v_decision
          FROM domainflow.audit_log AS a
          JOIN domainflow.audit_leaf AS l ON l.id = a.id
         WHERE a.id = ANY (v_ids);
        UPDATE domainflow.audit_log AS a
           SET (user_id, resource_id, context, request_context, correlation_id, application_name, given_facts)
             = (SELECT e.user_id, e.resource_id, e.context, e.request_context, e.correlation_id, e.application_name, e.given_facts
                  FROM jsonb_populate_record(a, domainflow._erased_values()) AS e)
         WHERE a.id = ANY (v_ids);
    END IF;
    SELECT count(*) INTO unsealed FROM domainflow.audit_log AS a
     WHERE a.user_id = p_user_id AND NOT EXISTS (SELECT FROM domainflow.audit_leaf AS l WHERE l.id = a.id);
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION domainflow.erase_subject(text, text, integer)
IS 'Removes the values of the sealed decisions about a user and keeps their proofs.';
REVOKE ALL ON FUNCTION domainflow.erase_subject(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.erase_subject(text, text, integer) TO domainflow_admin;
