-- What keeps decisions (unsealed rows, legal holds), and what erase_subject leaves of them.
BEGIN ISOLATION LEVEL READ COMMITTED;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(50);
CREATE FUNCTION pg_temp.decide(p_months integer, p_user text, p_resource text DEFAULT '7') RETURNS void LANGUAGE sql AS $$
    INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context, execution_time_ms,
                                      correlation_id, transaction_id, effective_role, application_name)
    VALUES (gen_random_uuid(), date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - make_interval(months => p_months) + interval '1 day', p_user, 'document', p_resource, 'read',
            'allow', '{owner}', jsonb_build_object('mail', p_user || '@example.com'), '{"ip": "::1"}', 0.1, 'request-1', '5', 'someone', 'test')
$$;
CREATE FUNCTION pg_temp.name(p_months integer) RETURNS text LANGUAGE sql AS $$
    SELECT domainflow._partition_name('domainflow.audit_log', now() AT TIME ZONE 'UTC' - make_interval(months => p_months))
$$;
SELECT count(pg_temp.decide(m, u)) FROM generate_series(5, 9) AS m, unnest('{lovelace,ben}'::text[]) AS u;
SELECT count(*) FROM domainflow.ensure_partitions(0);
SELECT domainflow.set_retention('audit_log', '4 months');

-- Unsealed.
SELECT is((SELECT array_agg(split_part(d.outcome, ';', 1)) FROM domainflow.drop_expired_partitions(1, true) AS d WHERE d.partition_name = pg_temp.name(9)),
          '{"left: 2 decisions are not sealed yet"}', 'what is not sealed is not dropped');
SELECT domainflow.seal_audit();
-- Holds.
SELECT lives_ok($$SELECT domainflow.place_legal_hold('case 17', 'letter of 3 May', 'ben', now() - interval '20 months', now() - interval '7 months')$$, 'a hold on one user');
SELECT lives_ok($$SELECT domainflow.place_legal_hold('nobody', 'a user without decisions', 'eve')$$, 'one that fits no row');
SELECT is((SELECT string_agg(d.outcome, ' ') FROM domainflow.drop_expired_partitions(2, true) AS d WHERE d.partition_name = pg_temp.name(9)), 'left: legal hold ''case 17'' keeps it',
          'a partition with decisions under a hold stays');
SELECT is((SELECT string_agg(r.partition_name, ' ' ORDER BY r.range_from) FROM domainflow.retention_drop AS r), pg_temp.name(6) || ' ' || pg_temp.name(5), 'others go');
SELECT results_eq($$SELECT a.user_id, a.resource_id, a.context FROM domainflow.audit_log AS a WHERE a.action = 'drop' ORDER BY a.resource_id$$,
                  $$SELECT session_user::text COLLATE "default", n.name, '{"rows": 2}'::jsonb FROM unnest(ARRAY[pg_temp.name(6), pg_temp.name(5)]) AS n (name) ORDER BY 2$$,
                  'and their drop is a decision');
SELECT results_eq('SELECT v.outcome, v.checked, v.dropped FROM domainflow.verify_audit() AS v', $$VALUES ('verified', 6::bigint, 4::bigint)$$, 'their leaves stay');
SELECT is((SELECT count(*) FROM domainflow.export_sealed_audit() AS e WHERE e ? 'leaf' AND NOT e ? 'bytes'), 4::bigint, 'also in an export');
SELECT is((SELECT p.receipt FROM domainflow.audit_inclusion_proof((SELECT l.id FROM domainflow.audit_leaf AS l WHERE NOT EXISTS (SELECT FROM domainflow.audit_log AS a WHERE a.id = l.id) LIMIT 1)) AS p),
          NULL, 'a decision that is gone is proved by its leaf');
SELECT throws_ok($$SELECT * FROM domainflow.erase_subject('ben', 'request 1')$$, 'DF304', NULL, 'nobody under a hold is erased');
SELECT throws_ok($$SELECT domainflow.place_legal_hold('case 17', 'again')$$, 'DF302', NULL, 'a name is one hold');
SELECT throws_ok(format('SELECT domainflow.place_legal_hold(%s)', c.args), c.code, NULL, 'hold: ' || left(c.args, 40))
  FROM (VALUES ('NULL, ''x''', 'DF202'), ('''x'', ''''', 'DF202'), ('''x'', ''x'', ''''', 'DF202'), ('''x'', ''x'', NULL, now(), now()', 'DF204'),
               ('repeat(''x'', 201), ''x''', 'DF204')) AS c (args, code);
SELECT throws_ok($$SELECT domainflow.release_legal_hold('case 18', 'settled')$$, 'DF301', NULL, 'no such hold');
SELECT throws_ok($$SELECT domainflow.release_legal_hold('case 17', '')$$, 'DF202', NULL, 'no reason');
SELECT lives_ok($$SELECT domainflow.release_legal_hold('case 17', 'settled')$$, 'released');
SELECT throws_ok($$SELECT domainflow.release_legal_hold('case 17', 'settled')$$, 'DF301', NULL, 'once');
SELECT results_eq('SELECT h.reason, h.placed_by, h.released_by, h.release_reason FROM domainflow.legal_hold AS h WHERE h.name = ''case 17''',
                  $$VALUES ('letter of 3 May', session_user::text COLLATE "default", session_user::text COLLATE "default", 'settled')$$, 'its row stays');
SELECT results_eq($$SELECT a.action, count(*) FROM domainflow.audit_log AS a WHERE a.resource_type = 'legal_hold' GROUP BY a.action ORDER BY a.action$$,
                  $$VALUES ('place', 2::bigint), ('release', 1::bigint)$$, 'each is a decision');

-- Erasure.
SELECT pg_temp.decide(7, 'lovelace', 'lovelace');
SELECT results_eq($$SELECT * FROM domainflow.erase_subject('lovelace', 'request 2', 2)$$, 'VALUES (2::bigint, 1::bigint)', 'two of them, and one that is not sealed');
SELECT results_eq($$SELECT * FROM domainflow.erase_subject('lovelace', 'request 2')$$, 'VALUES (1::bigint, 1::bigint)', 'the rest');
SELECT results_eq($$SELECT * FROM domainflow.erase_subject('lovelace', 'request 2')$$, 'VALUES (0::bigint, 1::bigint)', 'no more');
ALTER TABLE domainflow.audit_head DISABLE TRIGGER audit_head_no_change;
UPDATE domainflow.audit_head AS h SET adopted_to = '00000000-0000-0000-0000-000000000000' WHERE h.number = (SELECT max(m.number) FROM domainflow.audit_head AS m);
ALTER TABLE domainflow.audit_head ENABLE ALWAYS TRIGGER audit_head_no_change;
SELECT to_jsonb(h) AS head, (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'receipt', domainflow.audit_receipt(a.id))) FROM domainflow.audit_log AS a WHERE a.user_id = 'lovelace') AS receipts
  FROM domainflow.audit_head() AS h \gset
SELECT cmp_ok(domainflow.seal_audit(), '>', 1::bigint, 'once it is sealed');
SELECT results_eq($$SELECT * FROM domainflow.erase_subject('lovelace', 'request 2')$$, 'VALUES (1::bigint, 0::bigint)', 'it goes as well');
SELECT is_empty($$SELECT a::text FROM domainflow.audit_log AS a WHERE a::text LIKE '%lovelace%' OR a.user_id = 'erased' AND a::text LIKE '%::1%'$$, 'no trace of the user');
SELECT results_eq($$SELECT a.resource_type, a.resource_id, a.action, a.decision, a.policies, a.execution_time_ms, count(*) FROM domainflow.audit_log AS a WHERE a.user_id = 'erased' GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 7 DESC$$,
                  $$VALUES ('document', NULL::text, 'read', 'allow', '{owner}'::text[], 0.1::double precision, 4::bigint)$$, 'what was decided stays');
SELECT results_eq($$SELECT a.resource_id, a.context - 'leaves' FROM domainflow.audit_log AS a WHERE a.action = 'erase' ORDER BY a.context -> 'rows' DESC LIMIT 1$$,
                  $$VALUES (NULL::text, '{"reason": "request 2", "rows": 2}'::jsonb)$$, 'the erasure is a decision without the user');
SELECT results_eq(format('SELECT v.outcome, v.erased, v.receipts FROM domainflow.verify_audit(%L, %L) AS v', :'head', :'receipts'), $$VALUES ('verified', 4::bigint, 1::bigint)$$,
                  'every proof holds, receipts of erased decisions too');
SELECT is((SELECT count(*) FROM domainflow.export_sealed_audit() AS e WHERE e ? 'bytes' AND NOT e ? 'values'), 4::bigint, 'an export has what is left of them');
SELECT is_empty($$SELECT l.id FROM domainflow.audit_erasure AS e JOIN domainflow.audit_leaf AS l ON l.id = e.id, LATERAL domainflow.audit_inclusion_proof(l.id) AS p
                   WHERE l.leaf_hash <> domainflow._audit_leaf_hash(l.leaf_index, decode(p.receipt, 'hex'))$$, 'and is proved by its receipt');
-- Nothing else passes the trigger, and an erased row is guarded like any other.
SELECT throws_ok(format('UPDATE domainflow.audit_log SET %s WHERE user_id = ''%s''', c.change, c.who), 'DF705', NULL, format('%s of %s', c.change, c.who))
  FROM (VALUES ('user_id = ''erased''', 'ben'), ('decision = ''deny''', 'erased'), ('user_id = ''eve''', 'erased'), ('decided_at = now()', 'erased'),
               ('user_id = ''erased'', resource_id = NULL, context = ''{}'', request_context = ''{}'', correlation_id = NULL, application_name = ''''', 'ben')) AS c (change, who);
SELECT throws_ok('DELETE FROM domainflow.audit_log WHERE user_id = ''erased''', 'DF705', NULL, 'no erased decision is deleted');
ALTER TABLE domainflow.audit_log DISABLE TRIGGER audit_log_no_change;
ALTER TABLE domainflow.audit_erasure DISABLE TRIGGER audit_erasure_no_change;
SAVEPOINT before;
UPDATE domainflow.audit_log AS a SET decision = 'deny' WHERE a.user_id = 'erased';
SELECT is((SELECT v.outcome FROM domainflow.verify_audit() AS v), 'changed', 'a change of what is left is seen');
ROLLBACK TO before;
UPDATE domainflow.audit_log AS a SET context = '{"mail": "x"}' WHERE a.user_id = 'erased';
SELECT is((SELECT v.outcome FROM domainflow.verify_audit() AS v), 'changed', 'as are other values');
ROLLBACK TO before;
UPDATE domainflow.audit_erasure SET values_hash = sha256('');
SELECT is((SELECT v.outcome FROM domainflow.verify_audit() AS v), 'changed', 'or another hash of them');
ROLLBACK TO before;
-- As if the values had been removed by hand.
INSERT INTO domainflow.audit_erasure SELECT a.id, sha256(domainflow._audit_values(a, l.version)), now(), gen_random_uuid()
  FROM domainflow.audit_log AS a JOIN domainflow.audit_leaf AS l ON l.id = a.id WHERE a.user_id = 'ben';
UPDATE domainflow.audit_log SET user_id = 'erased', resource_id = NULL, context = '{}', request_context = '{}', correlation_id = NULL, application_name = '' WHERE user_id = 'ben';
SELECT is((SELECT v.outcome FROM domainflow.verify_audit() AS v), 'changed', 'or an erasure that no decision records');
ROLLBACK TO before;
SELECT throws_ok(format('SELECT * FROM domainflow.erase_subject(%s)', c.args), c.code, NULL, 'erasure: ' || c.args)
  FROM (VALUES ('NULL, ''x''', 'DF202'), ('''x'', NULL', 'DF202'), ('''x'', ''x'', 0', 'DF204'), ('''erased'', ''x''', 'DF204')) AS c (args, code);
SELECT domainflow.place_legal_hold('all', 'everybody');
SELECT throws_ok($$SELECT * FROM domainflow.erase_subject('lovelace', 'request 3')$$, 'DF304', NULL, 'a hold on everybody');
SET LOCAL ROLE domainflow_auditor;
SELECT throws_ok($$SELECT * FROM domainflow.erase_subject('lovelace', 'request 3')$$, '42501', NULL, 'an auditor erases nothing');
SELECT throws_ok($$SELECT domainflow.release_legal_hold('all', 'x')$$, '42501', NULL, 'and releases nothing');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
