-- One job claimed, then completed, each in its own transaction.
SELECT id, kind, payload, token FROM domainflow.claim_jobs('bench', 'bench') \gset
SELECT domainflow.complete_job('bench', :id, :token);
