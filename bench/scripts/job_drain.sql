-- A hundred jobs claimed and completed at once.
SELECT domainflow.complete_jobs('burst', array_agg(id), array_agg(token)) FROM domainflow.claim_jobs('burst', 'bench', 100) HAVING count(*) > 0;
