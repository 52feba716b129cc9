-- hot: job.claim
-- The next fencing token. Every token of ours comes from here, so that none is issued twice and a later one is always higher.
--
-- Layout of the bigint, from the highest bit: 1 bit 0, 8 bits epoch, 10 bits shard, 45 bits sequence. Epoch and shard are 0 for now. An
-- epoch is raised when the sequence may have been set back (a recovery, a move to another shard): its tokens are then above all earlier
-- ones. 45 bits last for 11 years at 100,000 claims a second, and the sequence ends there with an error.
-- A SQL function, so that the planner puts it into the statement that calls it.
CREATE OR REPLACE FUNCTION domainflow._next_token()
RETURNS bigint
LANGUAGE sql
VOLATILE
AS $$
    SELECT (0::pg_catalog.int8 OPERATOR(pg_catalog.<<) 55)
           OPERATOR(pg_catalog.|) (0::pg_catalog.int8 OPERATOR(pg_catalog.<<) 45)
           OPERATOR(pg_catalog.|) pg_catalog.nextval('domainflow.job_token_seq'::pg_catalog.regclass)
$$;

COMMENT ON FUNCTION domainflow._next_token IS
    'The next fencing token: epoch, shard and sequence in one number';
REVOKE ALL ON FUNCTION domainflow._next_token FROM PUBLIC;
