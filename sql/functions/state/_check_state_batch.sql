-- Refuses arrays that are not a batch: DF202 a null array, machine, id or target, DF201 different lengths or an id that occurs twice,
-- DF204 more than 10,000 rows.
CREATE OR REPLACE FUNCTION domainflow._check_state_batch(
    p_machine text,
    p_entity_ids text[],
    p_to text[],
    p_expected_versions bigint[]
)
RETURNS void
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_twice text;
BEGIN
    IF array_ndims(p_entity_ids) > 1 OR array_ndims(p_to) > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the batch must have one dimension',
            DETAIL = format('ids: %s, targets: %s', array_dims(p_entity_ids), array_dims(p_to)),
            HINT = 'Give one target for each id.';
    END IF;
    IF p_machine IS NULL OR p_entity_ids IS NULL OR p_to IS NULL
       OR array_position(p_entity_ids, NULL) IS NOT NULL OR array_position(p_to, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'machine, entity ids and target states are required',
            DETAIL = format('machine: %s, ids: %s, targets: %s', domainflow._shown(p_machine), domainflow._shown(p_entity_ids::text), domainflow._shown(p_to::text)),
            HINT = 'Give a machine and two arrays of one length, without nulls.';
    END IF;
    IF cardinality(p_entity_ids) <> cardinality(p_to) OR cardinality(p_entity_ids) <> cardinality(p_expected_versions) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the batch differ in length',
            DETAIL = format('ids: %s, targets: %s, expected versions: %s', cardinality(p_entity_ids), cardinality(p_to),
                            cardinality(p_expected_versions)),
            HINT = 'Give one target for each id, and either no expected versions or one for each id.';
    END IF;
    IF cardinality(p_entity_ids) > 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a batch has at most 10,000 transitions',
            DETAIL = format('ids: %s', cardinality(p_entity_ids)),
            HINT = 'Send them in several batches.';
    END IF;
    SELECT u.id INTO v_twice FROM unnest(p_entity_ids) AS u (id) GROUP BY u.id HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('entity %s occurs twice in the batch', domainflow._shown(v_twice)),
            DETAIL = format('ids given: %s', domainflow._shown(array_to_string(p_entity_ids, ', '))),
            HINT = 'Send its transitions in two batches, in their order.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) IS 'Refuses arrays that are not a batch of transitions.';
REVOKE ALL ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) FROM PUBLIC;
