-- The kind (user, or group#member) and the id of a subject written user:anne, group:eng#member or user:*. DF201 for
-- anything else.
--
-- The id is whatever stands between the first ":" and "#": neither sign nor a space is in it, and it is not empty.
CREATE OR REPLACE FUNCTION domainflow._authz_subject(p_subject text, OUT kind text, OUT id text)
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    kind := split_part(split_part(p_subject, '#', 1), ':', 1) || CASE WHEN p_subject LIKE '%#%' THEN '#' || split_part(p_subject, '#', 2) ELSE '' END;
    id := split_part(split_part(p_subject, '#', 1), ':', 2);
    IF p_subject COLLATE "C" !~ '^[^:#[:space:]]+:[^:#[:space:]]+(#[^:#[:space:]]+)?$' OR p_subject IS NULL OR p_subject LIKE '%:*#%'
       OR length(p_subject) > 1000 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_subject IS NULL THEN 'DF202' WHEN length(p_subject) > 1000 THEN 'DF204' ELSE 'DF201' END,
            MESSAGE = format('%s is not a subject', COALESCE(quote_literal(domainflow._shown(p_subject)), 'null')),
            DETAIL = 'A subject is type:id, type:id#relation or type:*, without spaces, in at most 1000 characters.',
            HINT = 'Write user:anne, group:eng#member or user:*.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._authz_subject IS 'Kind and id of a subject.';
REVOKE ALL ON FUNCTION domainflow._authz_subject FROM PUBLIC;
