-- Says why a batch was refused as a whole; always raises.
--
-- DF201 arrays of different lengths, or one id twice (its two updates could not both expect the right version) · DF202 a null
-- id or version · what _check_entity_data() says about the first bad new_data. The generated function calls it when its one
-- check over the arrays failed, and only a repeated id is left when nothing else is found. SECURITY DEFINER,
-- because it calls internal functions. p_counts: the length of the array of each key column.
CREATE OR REPLACE FUNCTION domainflow._check_entity_batch(
    p_entity text,
    p_entity_ids text[],
    p_expected_versions bigint[],
    p_new_data jsonb[],
    p_ids_null boolean,
    p_counts integer[]
)
RETURNS void
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_place bigint;
BEGIN
    IF p_ids_null OR p_expected_versions IS NULL OR p_new_data IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('an array of the batch for entity %s is null', p_entity),
            DETAIL = format('ids null: %s, expected versions null: %s, new_data null: %s',
                            p_ids_null, p_expected_versions IS NULL, p_new_data IS NULL),
            HINT = 'Give arrays of one length; empty ones are allowed.';
    END IF;
    IF EXISTS (SELECT FROM unnest(p_counts || cardinality(p_expected_versions)) AS c (items) 
                WHERE c.items <> cardinality(p_new_data)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('the arrays of the batch for entity %s differ in length', p_entity),
            DETAIL = format('ids: %s, expected versions: %s, new_data: %s', cardinality(p_entity_ids),
                            cardinality(p_expected_versions), cardinality(p_new_data)),
            HINT = 'Give one id, one expected version and one new_data for each row.';
    END IF;

    SELECT i.place INTO v_place
      FROM unnest(p_entity_ids, p_expected_versions) WITH ORDINALITY AS i (id, expected, place)
     WHERE i.id IS NULL OR i.expected IS NULL
     ORDER BY i.place
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('row %s of the batch for entity %s has a null id or expected version', v_place, p_entity),
            DETAIL = format('id: %s, expected version: %s', domainflow._shown(p_entity_ids[v_place]), p_expected_versions[v_place]),
            HINT = 'Read the version together with the row, and give it back.';
    END IF;

    PERFORM domainflow._check_entity_data(p_entity, i.data, format(' (row %s of the batch)', i.place))
       FROM unnest(p_new_data) WITH ORDINALITY AS i (data, place);

    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('an id occurs twice in the batch for entity %s', p_entity),
        DETAIL = format('ids given: %s', domainflow._shown(array_to_string(p_entity_ids, ', '))),
        HINT = 'Merge the updates of one row, or send them in two batches.';
END
$$;

COMMENT ON FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[], boolean, integer[])
IS 'Raises the reason why a batch of entity updates was refused as a whole.';
REVOKE ALL ON FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[], boolean, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[], boolean, integer[]) TO domainflow_app;
