-- The name of a type with its schema and without a modifier, quoted: it means the same under every search_path.
CREATE OR REPLACE FUNCTION domainflow._type_name(p_type oid)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I', n.nspname, t.typname)
      FROM pg_type AS t
      JOIN pg_namespace AS n ON n.oid = t.typnamespace
     WHERE t.oid = p_type
$$;

COMMENT ON FUNCTION domainflow._type_name(oid) IS 'The name of a type with its schema, quoted.';
REVOKE ALL ON FUNCTION domainflow._type_name(oid) FROM PUBLIC;
