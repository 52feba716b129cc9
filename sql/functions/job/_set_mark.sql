-- Appends a mark to a lane, and deletes the one before, p_before, by its key. Returns whether it did.
--
-- Whoever has locked the mark before is moving it at this moment: then nothing happens, unless p_must. A claim in a long transaction
-- may have it locked for as long as that lasts; what must be moved is then appended all the same, and maintain() removes what is left over.
-- The number is above the one before even when the sequence is not (after a restore without sequences).
CREATE OR REPLACE FUNCTION domainflow._set_mark(
    p_queue    text,
    p_kind     text,
    p_priority smallint,
    p_before   bigint,
    p_low      bigint,
    p_must     boolean
)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_spot bigint := domainflow._spot(p_queue, p_kind, p_priority);
    v_gone bigint[];
BEGIN
    IF p_before IS NOT NULL THEN
        -- A few numbers more than the one before: what others could not delete goes with it, and PostgreSQL marks the entries of those
        -- that are dead, so that claims pass over them cheaply.
        v_gone := ARRAY(
            SELECT o.n
              FROM domainflow.job_mark AS o
             WHERE o.spot = v_spot AND o.n <= p_before AND o.n > p_before - 64
               FOR UPDATE SKIP LOCKED);
        IF NOT p_must AND NOT p_before = ANY (v_gone) THEN
            RETURN false;
        END IF;
        DELETE FROM domainflow.job_mark AS m WHERE m.spot = v_spot AND m.n = ANY (v_gone);
    END IF;
    INSERT INTO domainflow.job_mark (spot, n, low, queue, kind, priority)
    VALUES (v_spot, GREATEST(nextval('domainflow.job_mark_seq'), p_before + 1), p_low, p_queue, p_kind, p_priority);
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow._set_mark IS
    'Appends a low-water mark to a lane';
REVOKE ALL ON FUNCTION domainflow._set_mark FROM PUBLIC;
