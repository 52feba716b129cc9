-- Runs when a transaction commits, for each of its decisions that permitted a write, and for each change that takes
-- something away.
--
-- A change waits for the commits of permitted transactions that are under way, and they for it; both hold the lock for the
-- moment of their commit only. One lock for all models, because there is one sequence. The change leaves its transaction
-- id in a sequence, which no snapshot hides. A decision that finds another id there than when it was made, or that is
-- older than a second (facts end), is made again. Above READ COMMITTED no newer snapshot can be had, so a decision that
-- could not see the change fails with 40001. What a transaction takes away itself after a decision does not undo it. If
-- somebody fires this early (SET CONSTRAINTS), the lock is held from then on, so the promise stays.
-- Proof: Scenarios/authz/revoke.spec
CREATE OR REPLACE FUNCTION domainflow._fence_access()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_subject record;
    v_verdict integer;
    v_last xid8;
    v_judged record;
    v_own boolean;
BEGIN
    IF new.fence = 0 THEN
        PERFORM pg_advisory_xact_lock(domainflow._authz_lock(), 0);
        IF EXISTS (SELECT FROM domainflow.authz_model AS m JOIN domainflow.authz_exclusion AS x USING (model_id) WHERE m.model = new.model) THEN
            PERFORM domainflow._refuse_unseen(new);
            PERFORM domainflow._hear_of_changes();
            PERFORM domainflow._refuse_forbidden(new.model);
        END IF;
        PERFORM setval('domainflow.authz_revocation', pg_current_xact_id()::text::bigint);
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(domainflow._authz_lock(), 0);
    SELECT s.last_value::text::xid8 INTO v_last FROM domainflow.authz_revocation AS s;
    IF v_last::text::bigint = new.fence AND clock_timestamp() < new.decided_at + interval '1 second' THEN
        RETURN NULL;
    END IF;
    PERFORM domainflow._refuse_unseen(new);
    PERFORM domainflow._hear_of_changes();
    SELECT * INTO v_subject FROM domainflow._authz_subject(new.user_id);
    v_verdict := domainflow_generated.authz_given(new.model, new.resource_type, new.action, new.resource_id, v_subject.kind, v_subject.id,
                                            domainflow._authz_facts(new.model, new.given_facts), NULL);
    SELECT * INTO v_judged
      FROM domainflow._authz_judge(new.model, v_verdict, new.user_id, new.action, new.resource_type, new.resource_id, new.context);
    v_own := EXISTS (SELECT FROM domainflow.audit_log AS a
                      WHERE NOT v_judged.allowed AND a.transaction_id = new.transaction_id AND a.fence = 0 AND a.decided_at >= new.decided_at);
    IF NOT v_judged.allowed AND NOT (v_own AND v_last::text::bigint = new.fence) THEN
        RAISE EXCEPTION USING
            -- Whether its own change or somebody else's forbids it shows when it is run again.
            ERRCODE = CASE WHEN v_own THEN '40001' ELSE 'DF102' END,
            MESSAGE = domainflow._authz_reason(v_judged.reason_code, new.user_id, new.action, new.resource_type, new.resource_id, v_judged.denied_by)
                      || ' any more',
            DETAIL = format('It was allowed at %s and is not when its transaction commits.', new.decided_at),
            HINT = 'Nothing was written. Answer 403.';
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION domainflow._fence_access IS 'Makes a decision again when the transaction that it permitted commits.';
REVOKE ALL ON FUNCTION domainflow._fence_access FROM PUBLIC;
