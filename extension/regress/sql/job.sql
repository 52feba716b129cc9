-- A job's way: enqueued, claimed, failed, retried, completed; a stale token finishes nothing.
SELECT domainflow.create_queue('mail', p_max_attempts => 2, p_backoff_base => '1 millisecond', p_backoff_cap => '1 millisecond');
SELECT count(*) FROM domainflow.enqueue_jobs('mail', '{welcome,digest}', ARRAY['{"to": 1}', '{"to": 2}']::jsonb[], '{0,5}');

SELECT kind, payload, priority, attempt FROM domainflow.claim_jobs('mail', 'w1');
SELECT domainflow.complete_job('mail', id, token - 1) AS by_stale_token, domainflow.complete_job('mail', id, token) AS by_holder
  FROM domainflow.job WHERE queue = 'mail' AND status = 'running';

SELECT kind, attempt FROM domainflow.claim_jobs('mail', 'w2');
SELECT domainflow.fail_job('mail', id, token, 'smtp: 450') FROM domainflow.job WHERE queue = 'mail' AND status = 'running';
SELECT pg_sleep(0.05);
SELECT kind, attempt FROM domainflow.claim_jobs('mail', 'w2');
SELECT domainflow.fail_job('mail', id, token, 'smtp: 550') FROM domainflow.job WHERE queue = 'mail' AND status = 'running';
SELECT kind, status, last_error FROM domainflow.job WHERE queue = 'mail';
SELECT count(*) FROM domainflow.claim_jobs('mail', 'w3');
