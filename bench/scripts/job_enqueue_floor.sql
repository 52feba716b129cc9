-- What enqueue_job inserts, without its checks, its function and its second index.
INSERT INTO floor_jobs (priority, run_at, kind, payload, status, attempts) VALUES (0, clock_timestamp(), 'noop', '{"n": 1}', 'ready', 0);
