-- A campaign of six names, worked off by hand: created, started, claimed, processed, completed; every name once.
SELECT name, total FROM domainflow.create_campaign('00000000-0000-4000-8000-000000000001', 'six',
    '{"prefix": "a", "charset": "xy", "length": 1, "suffix": "", "tlds": ["com", "net", "org"]}', p_batch_size => 4);
SELECT success, to_state, error_code FROM domainflow.start_campaign('00000000-0000-4000-8000-000000000001', 'ada');
SELECT success, error_code FROM domainflow.start_campaign('00000000-0000-4000-8000-000000000001', 'ada');

SELECT p.outcome
  FROM domainflow.claim_jobs('campaign', 'w1') AS j,
       domainflow.process_campaign_job('00000000-0000-4000-8000-000000000001', j.id, j.token, 'w1') AS p;
SELECT p.outcome
  FROM domainflow.claim_jobs('campaign', 'w2') AS j,
       domainflow.process_campaign_job('00000000-0000-4000-8000-000000000001', j.id, j.token, 'w2') AS p;
SELECT count(*) FROM domainflow.claim_jobs('campaign', 'w3');

SELECT status, business_status, total, generated FROM domainflow.campaign_status('00000000-0000-4000-8000-000000000001');
SELECT name FROM domainflow.generated_domain WHERE campaign_id = '00000000-0000-4000-8000-000000000001' ORDER BY domain_offset;
