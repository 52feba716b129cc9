-- Sixteen hexadecimal digits that are the same for statements with the same normalize_query, on every server and version.
--
-- The first 20,000 characters count: bounded work for statements with very long lists.
CREATE OR REPLACE FUNCTION domainflow.query_fingerprint(p_query text)
RETURNS text
LANGUAGE sql
IMMUTABLE
STRICT
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(substr(sha256(convert_to(domainflow.normalize_query(left(p_query, 20000)), 'UTF8')), 1, 8), 'hex')
$$;

COMMENT ON FUNCTION domainflow.query_fingerprint(text)
IS 'Names a statement by its shape: first 8 bytes of the SHA-256 of normalize_query, in hexadecimal.';
REVOKE ALL ON FUNCTION domainflow.query_fingerprint(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.query_fingerprint(text) TO domainflow_app, domainflow_reader;
