-- Computes the audit tree again from the decisions and says whether it is what was sealed; one row, with what it looked
-- at.
--
-- outcome: verified, or the first difference: changed, removed, moved (a leaf at another place), inserted (a row that
-- was slipped in), 'cut off' (the tree is shorter than it was) or rebuilt (the leaves fit the rows, and the tree is
-- another one than before). block counts blocks of 1,024 leaves. p_head is a head that was exported earlier, as
-- to_jsonb(audit_head()): without one, somebody who may write the tables can rebuild the tree, and nothing here can
-- tell. p_receipts names rows even then, and those that are not sealed yet: [{"id": "...", "receipt": "..."}]. Rows
-- that are not sealed and have no receipt cannot be judged: unsealed counts them. Rows of partitions that retention
-- dropped, and erased ones, are counted by their leaves. DF201 for what is no head or no receipt.
-- Proof: Tests/SQL/audit/verify.sql
CREATE OR REPLACE FUNCTION domainflow.verify_audit(p_head jsonb DEFAULT NULL, p_receipts jsonb DEFAULT NULL)
RETURNS TABLE (
    outcome text, leaf_index bigint, id uuid, block bigint, detail text,
    size bigint, root text, checked bigint, unsealed bigint, dropped bigint, erased bigint, receipts bigint
)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_head domainflow.audit_head;
    v_rows record;
    v_receipt record;
    v_rebuilt bigint;
BEGIN
    PERFORM domainflow._refuse_audit_head(p_head, p_receipts);
    SELECT h.* INTO v_head FROM domainflow.audit_head AS h ORDER BY h.number DESC LIMIT 1;
    v_head.size := COALESCE(v_head.size, 0);
    v_head.root := COALESCE(v_head.root, sha256(''));
    v_rows := domainflow._verify_leaves(v_head);
    v_receipt := domainflow._verify_receipts(COALESCE(p_receipts, '[]'));
    size := v_head.size;
    root := encode(v_head.root, 'hex');
    checked := v_rows.checked;
    unsealed := v_rows.unsealed;
    dropped := v_rows.dropped;
    erased := v_rows.erased;
    receipts := v_receipt.checked;
    outcome := 'verified';
    IF v_rows.changed IS NOT NULL OR v_rows.removed IS NOT NULL THEN
        leaf_index := LEAST(v_rows.changed, v_rows.removed);
        SELECT l.id INTO id FROM domainflow.audit_leaf AS l WHERE l.leaf_index = LEAST(v_rows.changed, v_rows.removed);
        detail := domainflow._sealed_elsewhere(leaf_index, id, size);
        outcome := CASE WHEN v_rows.removed = leaf_index THEN 'removed' WHEN detail IS NOT NULL THEN 'moved' ELSE 'changed' END;
    ELSIF v_rows.inserted IS NOT NULL THEN
        id := v_rows.inserted;
        -- A row that has a receipt was there before; then it is its transaction that was changed.
        outcome := CASE WHEN id = v_receipt.id THEN v_receipt.outcome ELSE 'inserted' END;
        detail := 'its transaction had ended when the log was sealed';
    ELSIF v_rows.leaves < v_head.size THEN
        outcome := 'cut off';
        leaf_index := (SELECT count(*) FROM domainflow.audit_leaf AS l WHERE l.leaf_index < v_rows.leaves);
        detail := format('the head has %s leaves, the table %s', v_head.size, v_rows.leaves);
    ELSE
        v_rebuilt := domainflow._verify_nodes(v_head.size, v_head.root);
        detail := 'the nodes of the tree are not those of its leaves';
        IF v_rebuilt IS NULL AND p_head IS NOT NULL THEN
            v_rebuilt := domainflow._first_rebuilt_block(v_head.size, p_head);
            detail := format('the head of %s leaves is not in this tree', p_head ->> 'size');
            IF v_rebuilt IS NULL AND (p_head ->> 'size')::bigint > v_head.size THEN
                outcome := 'cut off';
                leaf_index := v_head.size;
                detail := format('the head had %s leaves, the tree has %s', p_head ->> 'size', v_head.size);
            END IF;
        END IF;
        IF v_rebuilt IS NOT NULL THEN
            outcome := 'rebuilt';
            block := NULLIF(v_rebuilt, -1);
        END IF;
    END IF;
    IF outcome = 'verified' AND v_receipt.outcome IS NOT NULL THEN
        outcome := v_receipt.outcome;
        detail := 'it has another receipt';
    END IF;
    -- Of a tree that was rebuilt only receipts know the row.
    id := COALESCE(id, v_receipt.id);
    leaf_index := COALESCE(leaf_index, CASE WHEN id = v_receipt.id THEN v_receipt.leaf_index END);
    block := COALESCE(block, CASE WHEN outcome <> 'rebuilt' THEN leaf_index / 1024 END);
    detail := CASE WHEN outcome <> 'verified' THEN detail END;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION domainflow.verify_audit(jsonb, jsonb)
IS 'Computes the audit tree again and names the first decision that was changed, removed, moved or inserted, or the rebuilt block.';
REVOKE ALL ON FUNCTION domainflow.verify_audit(jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.verify_audit(jsonb, jsonb) TO domainflow_auditor;
