-- The first block in which the tree differs from a head that was exported before; null when the tree contains that
-- head.
--
-- -1 when the head carries no blocks, so that it cannot be said which. The nodes of the tree are taken as they are
-- stored: _verify_nodes() has computed them again.
-- Proof: Tests/SQL/audit/verify.sql
CREATE OR REPLACE FUNCTION domainflow._first_rebuilt_block(p_size bigint, p_head jsonb)
RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_size CONSTANT bigint := LEAST((p_head ->> 'size')::bigint, p_size);
    v_block bigint;
BEGIN
    IF v_size = (p_head ->> 'size')::bigint AND encode(domainflow._merkle_hash(0, v_size), 'hex') = p_head ->> 'root' THEN
        RETURN NULL;
    END IF;
    SELECT min(b.position) - 1
      INTO v_block
      FROM ROWS FROM (unnest(domainflow._audit_blocks(v_size)),
                      jsonb_array_elements_text(COALESCE(NULLIF(p_head -> 'blocks', 'null'), '[]')))
           WITH ORDINALITY AS b (ours, theirs, position)
     WHERE b.ours IS DISTINCT FROM b.theirs
       -- A block that was cut off is no other block.
       AND (b.position <= v_size / 1024 OR v_size = (p_head ->> 'size')::bigint);
    RETURN CASE WHEN jsonb_array_length(NULLIF(p_head -> 'blocks', 'null')) > 0 THEN v_block ELSE -1 END;
END
$$;

COMMENT ON FUNCTION domainflow._first_rebuilt_block(bigint, jsonb)
IS 'The first block in which the audit tree differs from an exported head.';
REVOKE ALL ON FUNCTION domainflow._first_rebuilt_block(bigint, jsonb) FROM PUBLIC;
