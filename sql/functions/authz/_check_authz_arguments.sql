-- Refuses a name or a text that no authorization model can have: DF202 missing, DF204 too long, DF201 for the rest.
CREATE OR REPLACE FUNCTION domainflow._check_authz_arguments(p_model text, p_source text, p_orphans text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF COALESCE(p_model, '') = '' OR COALESCE(p_source, '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'an authorization model needs a name and a text',
            DETAIL = format('name: %s, characters: %s', COALESCE(quote_literal(domainflow._shown(p_model)), 'null'),
                            COALESCE(length(p_source)::text, 'null')),
            HINT = 'Call define_authorization_model(''default'', ''model schema 1.1 type user ...'').';
    END IF;
    IF length(p_model) > 200 OR octet_length(p_source) > 262144 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a model has at most 262144 bytes, and its name at most 200 characters',
            DETAIL = format('bytes: %s, characters of the name: %s', octet_length(p_source), length(p_model)),
            HINT = 'Split it into models of their own: each call names its model.';
    END IF;
    IF p_orphans IS NULL OR p_orphans NOT IN ('refuse', 'ignore') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('p_orphans is refuse or ignore, not %s', COALESCE(domainflow._shown(p_orphans), 'null')),
            DETAIL = 'Orphans are facts that the new revision does not admit.',
            HINT = 'Leave it out: a revision that would orphan facts is then refused.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_authz_arguments IS 'Refuses a name or text that no authorization model can have.';
REVOKE ALL ON FUNCTION domainflow._check_authz_arguments FROM PUBLIC;
