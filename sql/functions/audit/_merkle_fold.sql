-- Merkle root (RFC 6962) of hashes of 32 bytes that stand one after the other; '' for none.
--
-- Pairs are joined level by level, and a last one without a partner goes up unchanged: that is the tree of the RFC,
-- which splits at the largest power of two.
-- Proof: Tests/SQL/audit/proof.sql
CREATE OR REPLACE FUNCTION domainflow._merkle_fold(p_hashes bytea)
RETURNS bytea
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_hashes bytea := p_hashes;
BEGIN
    WHILE octet_length(v_hashes) > 32 LOOP
        SELECT string_agg(CASE WHEN octet_length(p.pair) = 64 THEN sha256(decode('01', 'hex') || p.pair) ELSE p.pair END, ''::bytea)
          INTO v_hashes
          -- In the order of the series. OFFSET 0: the pair is cut out once.
          FROM (SELECT substr(v_hashes, 64 * g.i + 1, 64) AS pair
                  FROM generate_series(0, (octet_length(v_hashes) - 1) / 64) AS g (i) OFFSET 0) AS p;
    END LOOP;
    RETURN v_hashes;
END
$$;

COMMENT ON FUNCTION domainflow._merkle_fold(bytea) IS 'Merkle root (RFC 6962) of concatenated hashes.';
REVOKE ALL ON FUNCTION domainflow._merkle_fold(bytea) FROM PUBLIC;
