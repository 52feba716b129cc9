-- Refuses arrays that are not a batch: DF202 a null array, machine, id or target, DF201 different lengths or an id that occurs twice.
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
    IF p_machine IS NULL OR p_entity_ids IS NULL OR p_to IS NULL
       OR array_position(p_entity_ids, NULL) IS NOT NULL OR array_position(p_to, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'machine, entity ids and target states are required',
            DETAIL = format('machine: %s, ids: %s, targets: %s', p_machine, left(p_entity_ids::text, 200), left(p_to::text, 200)),
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
    SELECT u.id INTO v_twice FROM unnest(p_entity_ids) AS u (id) GROUP BY u.id HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('entity %s occurs twice in the batch', v_twice),
            DETAIL = format('ids given: %s', left(array_to_string(p_entity_ids, ', '), 400)),
            HINT = 'Send its transitions in two batches, in their order.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) IS 'Refuses arrays that are not a batch of transitions.';
REVOKE ALL ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_state_batch(text, text[], text[], bigint[]) TO domainflow_app, domainflow_owner;
