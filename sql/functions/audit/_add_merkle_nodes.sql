-- Stores the nodes that became complete while the tree grew from p_old_size to p_new_size leaves: those of 1,024
-- leaves, of 1,024 of these, and so on.
CREATE OR REPLACE FUNCTION domainflow._add_merkle_nodes(p_old_size bigint, p_new_size bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_level integer := 1;
    v_width bigint := 1024::bigint;
BEGIN
    WHILE v_width <= p_new_size LOOP
        INSERT INTO domainflow.audit_node (level, position, hash)
        SELECT v_level, b.position,
               domainflow._merkle_fold(domainflow._merkle_children(v_level - 1, b.position * 1024, (b.position + 1) * 1024))
          FROM generate_series(p_old_size / v_width, p_new_size / v_width - 1) AS b (position);
        v_level := v_level + 1;
        v_width := v_width * 1024;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._add_merkle_nodes(bigint, bigint)
IS 'Stores the nodes of the audit tree that became complete.';
REVOKE ALL ON FUNCTION domainflow._add_merkle_nodes(bigint, bigint) FROM PUBLIC;
