-- Hashes of the blocks of 1,024 leaves of the tree as it was with p_size leaves; the last one covers what is left.
CREATE OR REPLACE FUNCTION domainflow._audit_blocks(p_size bigint)
RETURNS text []
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT encode(n.hash, 'hex') FROM domainflow.audit_node AS n
                  WHERE n.level = 1 AND n.position < p_size / 1024 ORDER BY n.position)
        || ARRAY(SELECT encode(domainflow._merkle_hash(p_size / 1024 * 1024, p_size), 'hex') WHERE p_size % 1024 > 0)
$$;

COMMENT ON FUNCTION domainflow._audit_blocks(bigint) IS 'Hashes of the blocks of the audit tree at a size.';
REVOKE ALL ON FUNCTION domainflow._audit_blocks(bigint) FROM PUBLIC;
