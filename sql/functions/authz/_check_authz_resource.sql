-- Refuses what no fact can have: DF202 and DF201 for the id of the resource, DF204 for texts above 1,000 characters and an
-- end that is past.
CREATE OR REPLACE FUNCTION domainflow._check_authz_resource(
    p_resource_id text,
    p_valid_until timestamp with time zone,
    p_granted_by text,
    p_reason text
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_resource_id IS NULL OR p_resource_id COLLATE "C" !~ '^[^:#*[:space:]]+$' THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN COALESCE(p_resource_id, '') = '' THEN 'DF202' ELSE 'DF201' END,
            MESSAGE = format('%s is not the id of a resource', COALESCE(quote_literal(domainflow._shown(p_resource_id)), 'null')),
            DETAIL = 'An id is not empty and has no ":", "#", "*" or space.',
            HINT = 'Pass the id alone: the type is an argument of its own.';
    END IF;
    IF p_valid_until <= clock_timestamp() OR greatest(length(p_resource_id), length(p_granted_by), length(p_reason)) > 1000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a fact ends in the future, and its texts have at most 1000 characters',
            DETAIL = format('valid until: %s, characters: %s, %s, %s', COALESCE(p_valid_until::text, 'null'), length(p_resource_id),
                            COALESCE(length(p_granted_by)::text, 'null'), COALESCE(length(p_reason)::text, 'null')),
            HINT = 'Leave p_valid_until out for a fact without an end.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_authz_resource IS 'Refuses what no fact can have.';
REVOKE ALL ON FUNCTION domainflow._check_authz_resource FROM PUBLIC;
