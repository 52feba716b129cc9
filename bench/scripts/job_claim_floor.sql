-- The hand-written queue: one partial index, SKIP LOCKED, DELETE when done.
WITH c AS MATERIALIZED (SELECT id FROM floor_jobs WHERE status = 'ready' ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE floor_jobs AS j SET status = 'running', locked_by = 'bench', locked_at = clock_timestamp(), attempts = attempts + 1 FROM c WHERE j.id = c.id RETURNING j.id, j.kind, j.payload \gset
DELETE FROM floor_jobs WHERE id = :id;
