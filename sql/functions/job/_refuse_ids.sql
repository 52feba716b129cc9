-- Raises what is wrong with a queue and the ids of jobs in it. Returns when nothing is.
CREATE OR REPLACE FUNCTION domainflow._refuse_ids(p_queue text, p_ids bigint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_queue IS NULL OR p_ids IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue and ids must not be null',
            DETAIL = format('queue: %s, ids: %s', COALESCE(domainflow._shown(p_queue), 'null'),
                            COALESCE(cardinality(p_ids)::text, 'null')),
            HINT = 'Pass the ids that enqueue_job or claim_jobs returned, and an empty array for none.';
    END IF;
    IF cardinality(p_ids) > 500000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'at most 500000 jobs at once',
            DETAIL = format('ids: %s', cardinality(p_ids)), HINT = 'Call it several times.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_ids IS
    'Raises what is wrong with a queue and ids of jobs';
REVOKE ALL ON FUNCTION domainflow._refuse_ids FROM PUBLIC;
