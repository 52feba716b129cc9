-- Hash of the subtree over leaves p_from to p_to - 1, as it occurs in a tree of RFC 6962: p_from is a multiple of a
-- power of two that is not smaller than the number of leaves.
--
-- Reads at most 1,024 hashes a level (leaves, blocks of 1,024 leaves, blocks of 1,024 blocks), however large the tree
-- is.
-- Proof: Tests/SQL/audit/proof.sql
CREATE OR REPLACE FUNCTION domainflow._merkle_hash(p_from bigint, p_to bigint)
RETURNS bytea
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_level integer := 0;
    v_width bigint := 1::bigint;
    v_tail bytea := ''::bytea;
BEGIN
    -- What does not fill a block goes up as the last child of the next level.
    WHILE p_to - p_from > v_width * 1024 LOOP
        v_tail := domainflow._merkle_fold(
            domainflow._merkle_children(v_level, p_to / (v_width * 1024) * 1024, p_to / v_width) || v_tail);
        v_level := v_level + 1;
        v_width := v_width * 1024;
    END LOOP;
    v_tail := domainflow._merkle_fold(domainflow._merkle_children(v_level, p_from / v_width, p_to / v_width) || v_tail);
    -- RFC 6962: the hash of an empty tree.
    RETURN CASE WHEN p_to = p_from THEN sha256('') ELSE v_tail END;
END
$$;

COMMENT ON FUNCTION domainflow._merkle_hash(bigint, bigint)
IS 'Hash of the subtree over a range of leaves of the audit tree.';
REVOKE ALL ON FUNCTION domainflow._merkle_hash(bigint, bigint) FROM PUBLIC;
