-- The elements of a JSON array as text, in order; null for null. Anything but an array of strings gives an array with a null
-- in it, which _decision_is_valid turns down.
CREATE OR REPLACE FUNCTION domainflow._policy_names(p_policies jsonb)
RETURNS text []
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_policies IS NULL THEN
        RETURN NULL;
    ELSIF jsonb_typeof(p_policies) <> 'array' THEN
        RETURN ARRAY[NULL::text];
    END IF;
    RETURN ARRAY(
        SELECT CASE WHEN jsonb_typeof(e.name) = 'string' THEN e.name #>> '{}' END
          FROM jsonb_array_elements(p_policies) WITH ORDINALITY AS e (name, position)
         ORDER BY e.position);
END
$$;

COMMENT ON FUNCTION domainflow._policy_names(jsonb) IS 'Policy names of one decision of a batch: JSON array to text array.';
REVOKE ALL ON FUNCTION domainflow._policy_names(jsonb) FROM PUBLIC;
