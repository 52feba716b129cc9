-- Sealed decisions p_from to p_to - 1 (null: all) as JSON lines, with which tools/verify/audit_export.py verifies them
-- without this database.
--
-- The first line is the head of the tree with p_to leaves: size, root, system, sealed_at, blocks. Then a line for each
-- leaf, in order: leaf, id, hash (that of the leaf), bytes and values (_audit_row_bytes and _audit_values of the row),
-- all hexadecimal. values is missing where they were erased, bytes too where the row is gone. One statement is one state
-- of the log. DF204 when the tree never had that many leaves, DF301 before anything was sealed.
-- Proof: Tests/SQL/audit/export.sql
CREATE OR REPLACE FUNCTION domainflow.export_sealed_audit(p_from bigint DEFAULT 0, p_to bigint DEFAULT NULL)
RETURNS SETOF jsonb
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_size CONSTANT bigint := domainflow._tree_size(p_to);
BEGIN
    IF p_from IS NULL OR p_from NOT BETWEEN 0 AND v_size THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_from IS NULL THEN 'DF202' ELSE 'DF204' END,
            MESSAGE = 'the first leaf is at least 0 and not behind the last',
            DETAIL = format('from: %s, to: %s', COALESCE(p_from::text, 'null'), v_size),
            HINT = 'Call it without arguments for all of them.';
    END IF;
    RETURN QUERY
    SELECT jsonb_build_object('type', 'head', 'format', 1, 'size', v_size, 'root', encode(domainflow._merkle_hash(0, v_size), 'hex'),
                              'system', h.system, 'blocks', domainflow._audit_blocks(v_size),
                              'sealed_at', to_char(h.sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
      FROM domainflow.audit_head AS h
     WHERE h.size >= v_size
     ORDER BY h.number
     LIMIT 1;
    RETURN QUERY
    SELECT jsonb_strip_nulls(jsonb_build_object(
               'leaf', l.leaf_index, 'id', l.id, 'hash', encode(l.leaf_hash, 'hex'),
               'bytes', encode(domainflow._audit_row_bytes(
                   a, l.version, COALESCE(e.values_hash, sha256(domainflow._audit_values(a, l.version)))), 'hex'),
               'values', CASE WHEN e.id IS NULL AND l.version > 0 THEN encode(domainflow._audit_values(a, l.version), 'hex') END))
      FROM domainflow.audit_leaf AS l
      LEFT JOIN domainflow.audit_log AS a ON a.id = l.id
      LEFT JOIN domainflow.audit_erasure AS e ON e.id = l.id
     WHERE l.leaf_index >= p_from AND l.leaf_index < v_size
     ORDER BY l.leaf_index;
END
$$;

COMMENT ON FUNCTION domainflow.export_sealed_audit(bigint, bigint)
IS 'Sealed decisions as JSON lines, to be verified without this database.';
REVOKE ALL ON FUNCTION domainflow.export_sealed_audit(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.export_sealed_audit(bigint, bigint) TO domainflow_auditor;
