-- Where the marks of a lane stand in job_mark, or with a kind those of its jobs of one kind: a hash of queue, kind and priority.
--
-- Two that collide would move each other's marks, which are only hints; the rows say whose they are, and readers compare that too.
-- A SQL function, so that the planner puts it into the statement that calls it.
CREATE OR REPLACE FUNCTION domainflow._spot(p_queue pg_catalog.text, p_kind pg_catalog.text, p_priority pg_catalog.int2)
RETURNS pg_catalog.int8
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT pg_catalog.hashtextextended(p_queue, p_priority::pg_catalog.int8)
           OPERATOR(pg_catalog.#) pg_catalog.hashtextextended(p_kind, 0::pg_catalog.int8)
$$;

COMMENT ON FUNCTION domainflow._spot IS
    'Hash of queue, kind and priority under which marks stand';
REVOKE ALL ON FUNCTION domainflow._spot FROM PUBLIC;
