-- hot: audit.verify
-- Length of a text in canonical bytes: characters in version 1, which are the same in every encoding; bytes in version 2.
CREATE OR REPLACE FUNCTION domainflow._sealed_length(p_text text, p_version smallint)
RETURNS integer
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT CASE WHEN p_version OPERATOR(pg_catalog.=) 1 THEN pg_catalog.length(p_text) ELSE pg_catalog.octet_length(p_text) END
$$;

COMMENT ON FUNCTION domainflow._sealed_length(text, smallint) IS 'Length of a text in the canonical bytes of an audit row.';
REVOKE ALL ON FUNCTION domainflow._sealed_length(text, smallint) FROM PUBLIC;
