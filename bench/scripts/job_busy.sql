-- A queue that is never empty: one job of ten is scheduled, one of ten fails at first. Some of those that waited say how late they were.
\set chance random(1, 100)
\if :chance <= 9
SELECT domainflow.enqueue_job('busy', 'scheduled', p_run_at => clock_timestamp() + interval '300 milliseconds');
\elif :chance <= 90
SELECT domainflow.enqueue_job('busy', 'noop');
\endif
SELECT id, token, (kind = 'scheduled' OR attempt > 1)::integer AS waited, extract(epoch FROM clock_timestamp() - run_at) AS late
  FROM domainflow.claim_jobs('busy', 'bench') \gset
\set chance random(1, 100)
\if :chance <= 10
SELECT domainflow.fail_job('busy', :id, :token, 'the measure wants it');
\else
SELECT domainflow.complete_job('busy', :id, :token);
\endif
\set chance random(1, 10)
\if :waited = 1 and :chance = 1
INSERT INTO late VALUES (:late);
\endif
