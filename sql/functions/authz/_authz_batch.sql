-- The elements of a batch with their places, in the order of their keys: whoever locks them in this order deadlocks with no other batch.
--
-- Refuses arrays that are no batch: DF202 null, DF204 more than 10,000 elements, DF201 different lengths.
CREATE OR REPLACE FUNCTION domainflow._authz_batch(
    p_subjects text [],
    p_actions text [],
    p_resource_types text [],
    p_resource_ids text [],
    OUT subject text,
    OUT action text,
    OUT resource_type text,
    OUT resource_id text,
    OUT place bigint
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_lengths integer[] := ARRAY[cardinality(p_subjects), cardinality(p_actions), cardinality(p_resource_types), cardinality(p_resource_ids)];
BEGIN
    IF array_position(v_lengths, NULL) IS NOT NULL OR v_lengths[1] <> ANY (v_lengths) OR v_lengths[1] > 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN array_position(v_lengths, NULL) IS NOT NULL THEN 'DF202' WHEN v_lengths[1] > 10000 THEN 'DF204' ELSE 'DF201' END,
            MESSAGE = 'the arrays of a batch have one length, at most 10000',
            DETAIL = format('subjects: %s, actions: %s, resource types: %s, resource ids: %s', COALESCE(v_lengths[1]::text, 'null'),
                            COALESCE(v_lengths[2]::text, 'null'), COALESCE(v_lengths[3]::text, 'null'), COALESCE(v_lengths[4]::text, 'null')),
            HINT = 'Give one element of each for each decision or fact; larger batches are several calls of one transaction.';
    END IF;
    RETURN QUERY
        SELECT b.*
          FROM unnest(p_subjects, p_actions, p_resource_types, p_resource_ids) WITH ORDINALITY AS b (subject, action, type, id, place)
         ORDER BY b.type COLLATE "C", b.id COLLATE "C", b.action COLLATE "C", b.subject COLLATE "C", b.place;
END
$$;

COMMENT ON FUNCTION domainflow._authz_batch IS 'The elements of a batch with their places, in the order of their keys.';
REVOKE ALL ON FUNCTION domainflow._authz_batch FROM PUBLIC;
