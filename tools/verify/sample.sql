-- Writes rows in every room, as a user would, for the check that dumps and restores them.
CREATE TABLE public.sample_account (id uuid PRIMARY KEY, balance numeric NOT NULL);
INSERT INTO public.sample_account VALUES ('00000000-0000-4000-8000-00000000000a', 10);
SELECT domainflow.manage_entity('public.sample_account', 'account');
SELECT domainflow_generated.atomic_update_account_state('00000000-0000-4000-8000-00000000000a', 1, '{"balance": 11}', '{"by": "sample"}');

SELECT domainflow.define_state_machine('sample', '{"initial": "a", "states": {"a": {}, "b": {"terminal": true}},
    "transitions": [{"from": "a", "to": "b"}]}');
SELECT domainflow.create_state_instance('sample', '1', 'sample');
SELECT domainflow.transition_state('sample', '1', 'b', p_actor => 'sample');

SELECT domainflow.record_transaction_metric('sample', NULL, 12.5, true);
SELECT domainflow.record_query_performance('SELECT 1', 12.5, 1);
SELECT domainflow.log_authorization_decision('sample', 'campaign', '1', 'start', 'allow');
SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine owner: [user]\ndefine viewer: [user, user:*] or owner');
SELECT domainflow.write_relation('user:sample', 'owner', 'document', '1', p_reason => 'sample');
SELECT domainflow.define_access_policy('sample', 'deny', 'document', '{viewer}', '$.n > 1');
SELECT domainflow.forbid_together('document:1#owner', 'document:2#owner');
SELECT domainflow.check_access('user:sample', 'owner', 'document', '1');
CREATE TABLE public.sample_audited (id integer PRIMARY KEY, name text, secret text);
SELECT domainflow.audit_table('public.sample_audited', p_redact => '{secret}');
INSERT INTO public.sample_audited VALUES (1, 'a', 'b');
UPDATE public.sample_audited SET name = 'c';
SELECT domainflow.get_row_changes('public.sample_audited', p_purpose => 'sample');
SELECT domainflow.maintain('audit');
SELECT domainflow.ensure_partitions(1);

SELECT domainflow.create_queue('sample');
SELECT domainflow.create_queue('sample_kept', p_keep_finished => true);
SELECT domainflow.enqueue_job('sample', 'noop', '{"n": 1}', p_priority => 3);
SELECT domainflow.enqueue_job('sample', 'noop', '{"n": 2}', p_run_at => '2100-01-01');
SELECT domainflow.enqueue_job('sample_kept', 'noop', '{"n": 3}');
SELECT domainflow.claim_jobs('sample', 'sample');
SELECT domainflow.complete_job('sample_kept', c.id, c.token, '{"done": true}') FROM domainflow.claim_jobs('sample_kept', 'sample') AS c;

SELECT domainflow.create_campaign('00000000-0000-4000-8000-00000000000c', 'sample',
    '{"prefix": "s", "charset": "abc", "length": 2, "suffix": "", "tlds": ["com"]}', p_batch_size => 4);
SELECT domainflow.start_campaign('00000000-0000-4000-8000-00000000000c', 'sample');
SELECT domainflow.process_campaign_job('00000000-0000-4000-8000-00000000000c', c.id, c.token, 'sample')
  FROM domainflow.claim_jobs('campaign', 'sample') AS c;

SELECT domainflow.record_pool_metrics('sample', 8, 3, 2, 0, 1, 60000, 17, 1, 0, 5, 0, 0, '{"idle": 2}', 0.4, 1.5, 3, 9, array_fill(1::bigint, ARRAY[17]));
SELECT domainflow.record_transaction_counts(ARRAY['sample'], NULL, ARRAY[2.5], ARRAY[true], NULL, NULL, NULL, NULL, ARRAY[40]);
