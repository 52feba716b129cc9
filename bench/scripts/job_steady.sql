-- The same queue with jobs that are ready at once and succeed.
\set chance random(1, 100)
\if :chance <= 100
SELECT domainflow.enqueue_job('busy', 'noop');
\endif
SELECT id, token, (kind = 'scheduled' OR attempt > 1)::integer AS waited, extract(epoch FROM clock_timestamp() - run_at) AS late
  FROM domainflow.claim_jobs('busy', 'bench') \gset
SELECT domainflow.complete_job('busy', :id, :token);
