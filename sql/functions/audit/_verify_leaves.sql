-- Compares every row of audit_log with its leaf; what it counted, and the first leaf or row where they differ (nulls:
-- all is well).
--
-- changed: also an erasure that no decision records. inserted: an id whose row has no leaf although its transaction had ended when the last head was made, or that is
-- there twice.
-- Proof: Tests/SQL/audit/verify.sql
CREATE OR REPLACE FUNCTION domainflow._verify_leaves(
    p_head domainflow.audit_head,
    OUT leaves bigint, OUT checked bigint, OUT unsealed bigint, OUT dropped bigint, OUT erased bigint,
    OUT changed bigint, OUT removed bigint, OUT inserted uuid
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_missing bigint;
    v_uncovered boolean;
    -- In a database that has not sealed yet since it was restored, transaction ids say nothing.
    v_snapshot CONSTANT pg_snapshot := CASE WHEN p_head.adopted_to IS NULL AND p_head.system = domainflow._audit_system()
                                            THEN p_head.snapshot END;
BEGIN
    SELECT c.checked, c.unsealed, c.is_uncovered, c.changed
      INTO checked, unsealed, v_uncovered, changed
      FROM domainflow._compare_leaves(v_snapshot) AS c;
    SELECT count(*) INTO leaves FROM domainflow.audit_leaf;
    SELECT m.missing, m.removed INTO v_missing, removed FROM domainflow._missing_rows() AS m;
    dropped := CASE WHEN removed IS NULL THEN v_missing ELSE 0 END;
    SELECT count(*), LEAST(changed, min(l.leaf_index) FILTER (
               WHERE NOT EXISTS (SELECT FROM domainflow.audit_log AS a WHERE a.id = e.decision_id AND a.action = 'erase')
                 AND NOT EXISTS (SELECT FROM domainflow.audit_leaf AS d WHERE d.id = e.decision_id)))
      INTO erased, changed
      FROM domainflow.audit_erasure AS e
      JOIN domainflow.audit_leaf AS l ON l.id = e.id;
    IF v_uncovered THEN
        SELECT a.id INTO inserted FROM domainflow.audit_log AS a
         WHERE pg_visible_in_snapshot(a.transaction_id, v_snapshot)
           AND NOT EXISTS (SELECT FROM domainflow.audit_leaf AS l WHERE l.id = a.id)
         ORDER BY a.decided_at, a.id LIMIT 1;
    ELSIF checked > leaves - v_missing THEN
        SELECT a.id INTO inserted FROM domainflow.audit_log AS a
         GROUP BY a.id HAVING count(*) > 1
         ORDER BY min(a.decided_at), a.id LIMIT 1;
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._verify_leaves(domainflow.audit_head)
IS 'Compares every row of the audit log with its leaf.';
REVOKE ALL ON FUNCTION domainflow._verify_leaves(domainflow.audit_head) FROM PUBLIC;
