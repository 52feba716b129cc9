-- The hashes of positions p_from to p_to - 1 of one level, one after the other: leaves at level 0, stored nodes above;
-- '' for none.
CREATE OR REPLACE FUNCTION domainflow._merkle_children(p_level integer, p_from bigint, p_to bigint)
RETURNS bytea
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_hashes bytea;
BEGIN
    IF p_level = 0 THEN
        SELECT string_agg(l.leaf_hash, ''::bytea ORDER BY l.leaf_index) INTO v_hashes
          FROM domainflow.audit_leaf AS l WHERE l.leaf_index >= p_from AND l.leaf_index < p_to;
    ELSE
        SELECT string_agg(n.hash, ''::bytea ORDER BY n.position) INTO v_hashes
          FROM domainflow.audit_node AS n WHERE n.level = p_level AND n.position >= p_from AND n.position < p_to;
    END IF;
    RETURN COALESCE(v_hashes, '');
END
$$;

COMMENT ON FUNCTION domainflow._merkle_children(integer, bigint, bigint)
IS 'Hashes of a range of one level of the audit tree, concatenated.';
REVOKE ALL ON FUNCTION domainflow._merkle_children(integer, bigint, bigint) FROM PUBLIC;
