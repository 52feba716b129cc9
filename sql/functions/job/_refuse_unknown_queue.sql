-- Raises DF301 when there is no such queue.
CREATE OR REPLACE FUNCTION domainflow._refuse_unknown_queue(p_queue text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such queue',
            DETAIL = format('queue: %s', domainflow._shown(p_queue)),
            HINT = 'queue_stats() shows those there are; create_queue makes one.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_unknown_queue IS
    'Raises DF301 when there is no such queue';
REVOKE ALL ON FUNCTION domainflow._refuse_unknown_queue FROM PUBLIC;
