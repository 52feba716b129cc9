-- A subject as it is written, from its kind and id: user:anne, group:eng#member. The opposite of _authz_subject.
CREATE OR REPLACE FUNCTION domainflow._authz_subject_text(p_kind text, p_id text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT split_part(p_kind, '#', 1) || ':' || p_id || substr(p_kind, length(split_part(p_kind, '#', 1)) + 1)
$$;

COMMENT ON FUNCTION domainflow._authz_subject_text IS 'A subject as it is written, from its kind and id.';
REVOKE ALL ON FUNCTION domainflow._authz_subject_text FROM PUBLIC;
