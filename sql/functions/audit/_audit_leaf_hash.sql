-- hot: audit.verify
-- Hash of a leaf (RFC 6962: prefix 0x00) from the hash of its row, which is the receipt of the decision.
--
-- The index is part of what is hashed: a leaf that was moved no longer has its hash, so the row is named and not only
-- its block.
CREATE OR REPLACE FUNCTION domainflow._audit_leaf_hash(p_index bigint, p_row_hash bytea)
RETURNS bytea
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT pg_catalog.sha256(pg_catalog.decode('00', 'hex') OPERATOR(pg_catalog.||) pg_catalog.int8send(p_index)
                             OPERATOR(pg_catalog.||) p_row_hash)
$$;

COMMENT ON FUNCTION domainflow._audit_leaf_hash(bigint, bytea) IS 'Hash of a leaf of the audit tree.';
REVOKE ALL ON FUNCTION domainflow._audit_leaf_hash(bigint, bytea) FROM PUBLIC;
