-- Computes every node again from the leaves, and the root; the first block of 1,024 leaves under a node that differs,
-- or null.
--
-- Proof: Tests/SQL/audit/verify.sql
CREATE OR REPLACE FUNCTION domainflow._verify_nodes(p_size bigint, p_root bytea)
RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_block bigint;
    v_nodes bigint;
    v_expected bigint := 0::bigint;
    v_width bigint := 1024::bigint;
BEGIN
    SELECT c.nodes, c.block INTO v_nodes, v_block FROM domainflow._compare_nodes() AS c;
    WHILE v_width <= p_size LOOP
        v_expected := v_expected + p_size / v_width;
        v_width := v_width * 1024;
    END LOOP;
    RETURN CASE WHEN v_block IS NOT NULL THEN v_block
                -- A node is missing, or one is too many.
                WHEN v_nodes <> v_expected
                THEN (SELECT min(g.i) FROM generate_series(0, p_size / 1024) AS g (i)
                       WHERE NOT EXISTS (SELECT FROM domainflow.audit_node AS n WHERE n.level = 1 AND n.position = g.i))
                WHEN domainflow._merkle_hash(0, p_size) <> p_root THEN p_size / 1024 END;
END
$$;

COMMENT ON FUNCTION domainflow._verify_nodes(bigint, bytea)
IS 'Computes the nodes of the audit tree again; the first block that differs, or null.';
REVOKE ALL ON FUNCTION domainflow._verify_nodes(bigint, bytea) FROM PUBLIC;
