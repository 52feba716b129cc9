-- Where a tree of RFC 6962 splits: the largest power of two below its number of leaves.
CREATE OR REPLACE FUNCTION domainflow._merkle_split(p_leaves bigint)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT max(1::bigint << g.i) FROM generate_series(0, 61) AS g (i) WHERE 1::bigint << g.i < p_leaves
$$;

COMMENT ON FUNCTION domainflow._merkle_split(bigint) IS 'The largest power of two below a number of leaves.';
REVOKE ALL ON FUNCTION domainflow._merkle_split(bigint) FROM PUBLIC;
