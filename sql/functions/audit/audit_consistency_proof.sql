-- Proves that the tree with p_old_size leaves is the beginning of the one with p_new_size (null: the newest): the
-- hashes of RFC 6962 2.1.2.
--
-- DF204 when a size is out of bounds or the old one is larger, DF202 when it is null, DF301 before anything was sealed.
-- Proof: Tests/SQL/audit/proof.sql
CREATE OR REPLACE FUNCTION domainflow.audit_consistency_proof(p_old_size bigint, p_new_size bigint DEFAULT NULL)
RETURNS TABLE (old_size bigint, old_root text, new_size bigint, new_root text, proof text [])
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_size CONSTANT bigint := domainflow._tree_size(p_new_size);
    v_from bigint := 0::bigint;
    v_to bigint := v_size;
    v_middle bigint;
    v_proof text[] := ARRAY[]::text[];
BEGIN
    IF p_old_size IS NULL OR p_old_size NOT BETWEEN 1 AND v_size THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_old_size IS NULL THEN 'DF202' ELSE 'DF204' END,
            MESSAGE = 'the old size is at least 1 and at most the new one',
            DETAIL = format('old size: %s, new size: %s', COALESCE(p_old_size::text, 'null'), v_size),
            HINT = 'Give the size of a head that was exported earlier.';
    END IF;
    WHILE v_to <> p_old_size LOOP
        v_middle := v_from + domainflow._merkle_split(v_to - v_from);
        IF p_old_size <= v_middle THEN
            v_proof := encode(domainflow._merkle_hash(v_middle, v_to), 'hex') || v_proof;
            v_to := v_middle;
        ELSE
            v_proof := encode(domainflow._merkle_hash(v_from, v_middle), 'hex') || v_proof;
            v_from := v_middle;
        END IF;
    END LOOP;
    -- The old tree as a whole is known to the verifier; a part of it is not.
    IF v_from > 0 THEN
        v_proof := encode(domainflow._merkle_hash(v_from, v_to), 'hex') || v_proof;
    END IF;
    RETURN QUERY
    SELECT p_old_size, encode(domainflow._merkle_hash(0, p_old_size), 'hex'),
           v_size, encode(domainflow._merkle_hash(0, v_size), 'hex'), v_proof;
END
$$;

COMMENT ON FUNCTION domainflow.audit_consistency_proof(bigint, bigint)
IS 'Proves that an earlier audit tree is the beginning of a later one.';
REVOKE ALL ON FUNCTION domainflow.audit_consistency_proof(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.audit_consistency_proof(bigint, bigint) TO domainflow_auditor;
