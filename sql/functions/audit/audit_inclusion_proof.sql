-- Proves that a decision is a leaf of the tree with p_size leaves (null: the newest): the hashes beside its path, from
-- the leaf upwards, as in RFC 6962 2.1.1. leaf_hash is SHA-256 of 0x00, leaf_index in 8 bytes and the receipt; receipt
-- is null when the row is gone.
--
-- Works for rows that retention dropped, too. DF301 when the decision is not sealed, DF204 when p_size is out of
-- bounds.
-- Proof: Tests/SQL/audit/proof.sql
CREATE OR REPLACE FUNCTION domainflow.audit_inclusion_proof(p_id uuid, p_size bigint DEFAULT NULL)
RETURNS TABLE (leaf_index bigint, leaf_hash text, receipt text, size bigint, root text, proof text [])
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_size CONSTANT bigint := domainflow._tree_size(p_size);
    v_leaf domainflow.audit_leaf;
    v_from bigint := 0::bigint;
    v_to bigint := v_size;
    v_middle bigint;
    v_proof text[] := ARRAY[]::text[];
BEGIN
    SELECT l.* INTO v_leaf FROM domainflow.audit_leaf AS l WHERE l.id = p_id AND l.leaf_index < v_size;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = 'the decision is not a leaf of that tree',
            DETAIL = format('decision: %s, size: %s', COALESCE(p_id::text, 'null'), v_size),
            HINT = 'Take a tree that is not older than the decision, and call seal_audit() if it was made just now.';
    END IF;
    -- From the root down: what is not on the way is part of the proof.
    WHILE v_to - v_from > 1 LOOP
        v_middle := v_from + domainflow._merkle_split(v_to - v_from);
        IF v_leaf.leaf_index < v_middle THEN
            v_proof := encode(domainflow._merkle_hash(v_middle, v_to), 'hex') || v_proof;
            v_to := v_middle;
        ELSE
            v_proof := encode(domainflow._merkle_hash(v_from, v_middle), 'hex') || v_proof;
            v_from := v_middle;
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT v_leaf.leaf_index, encode(v_leaf.leaf_hash, 'hex'),
           (SELECT encode(sha256(domainflow._audit_row_bytes(
                       a, v_leaf.version, COALESCE(e.values_hash, sha256(domainflow._audit_values(a, v_leaf.version))))), 'hex')
              FROM domainflow.audit_log AS a
              LEFT JOIN domainflow.audit_erasure AS e ON e.id = a.id
             WHERE a.id = p_id),
           v_size, encode(domainflow._merkle_hash(0, v_size), 'hex'), v_proof;
END
$$;

COMMENT ON FUNCTION domainflow.audit_inclusion_proof(uuid, bigint)
IS 'Proves that a decision is a leaf of the audit tree.';
REVOKE ALL ON FUNCTION domainflow.audit_inclusion_proof(uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.audit_inclusion_proof(uuid, bigint) TO domainflow_auditor;
