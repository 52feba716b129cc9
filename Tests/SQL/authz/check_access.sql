BEGIN;
SELECT plan(23);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type document
  relations
    define owner: [user]
    define viewer: [user] or owner
$$);
SELECT domainflow.write_relation('user:anne', 'owner', 'document', '1');
SET LOCAL domainflow.correlation_id = 'request-17';

SELECT results_eq(
    $$SELECT allowed, reason_code, reason, matched, denied_by, revision FROM domainflow.check_access('user:anne', 'viewer', 'document', '1')$$,
    $$VALUES (true, 'relation', 'user:anne has viewer of document:1', '{document#viewer}'::text[], NULL::text, 1)$$, 'allowed, and why');
SELECT results_eq(
    $$SELECT allowed, reason_code, matched, denied_by FROM domainflow.check_access('user:bob', 'viewer', 'document', '1', '{"ip": "::1"}',
                                                                                   p_request_context => '{"path": "/"}')$$,
    $$VALUES (false, 'no_relation', '{}'::text[], NULL::text)$$, 'denied, and why');
SELECT results_eq(
    $$SELECT user_id, resource_type, resource_id, action, decision, policies, context, request_context, correlation_id, model, revision, reason_code
        FROM domainflow.audit_log WHERE action = 'viewer' ORDER BY decided_at$$,
    $$VALUES ('user:anne', 'document', '1', 'viewer', 'allow', '{document#viewer}'::text[], '{}'::jsonb, '{}'::jsonb, 'request-17', 'default', 1, 'relation'),
             ('user:bob', 'document', '1', 'viewer', 'deny', '{}', '{"ip": "::1"}', '{"path": "/"}', 'request-17', 'default', 1, 'no_relation')$$,
    'both are on record');
SELECT ok((SELECT a.fence <> 0 FROM domainflow.audit_log AS a WHERE a.action = 'viewer' AND a.decision = 'allow'), 'what is allowed is fenced');
SELECT is((SELECT a.fence FROM domainflow.audit_log AS a WHERE a.action = 'viewer' AND a.decision = 'deny'), NULL, 'what is denied is not');
SELECT ok((SELECT allowed FROM domainflow.check_access('user:anne', 'owner', 'document', '1', p_for_write => false)), 'a decision for reading only');
SELECT is((SELECT a.fence FROM domainflow.audit_log AS a WHERE a.action = 'owner'), NULL, 'is not fenced');
SELECT ok((SELECT duration_ms >= 0 AND snapshot IS NOT NULL AND decision_id IS NOT NULL
             FROM domainflow.check_access('user:anne', 'viewer', 'document', '1')), 'with time, snapshot and id');

SELECT isnt(domainflow.require_access('user:anne', 'viewer', 'document', '1'), NULL, 'require_access answers with the id of the decision');
SELECT throws_ok($$SELECT domainflow.require_access('user:bob', 'viewer', 'document', '1')$$, 'DF102', 'user:bob does not have viewer of document:1',
                 'or raises AUTH_FORBIDDEN');

-- The fence, fired early: what the transaction itself takes away later does not undo what it was allowed.
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'decisions that still hold pass');
SET CONSTRAINTS ALL DEFERRED;
SELECT allowed FROM domainflow.check_access('user:anne', 'owner', 'document', '1');
SELECT domainflow.delete_relation('user:anne', 'owner', 'document', '1', 'user:anne');
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'who gives up a right may do so with it');
SET CONSTRAINTS ALL DEFERRED;
SELECT ok(NOT (SELECT allowed FROM domainflow.check_access('user:anne', 'owner', 'document', '1')), 'and has it no more');
INSERT INTO domainflow.audit_log
SELECT (jsonb_populate_record(a, '{"id": "00000000-0000-4000-8000-000000000001", "transaction_id": "5"}')).*
  FROM domainflow.audit_log AS a WHERE a.fence <> 0 AND a.action = 'owner' LIMIT 1;
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'a restored decision is not made again');
SET CONSTRAINTS ALL DEFERRED;
-- A decision that ends before its transaction does.
SELECT domainflow.write_relation('user:temp', 'owner', 'document', '1', clock_timestamp() + interval '1 hour');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT allowed FROM domainflow.check_access('user:temp', 'owner', 'document', '1');
UPDATE domainflow.relationship SET valid_until = clock_timestamp() WHERE subject_id = 'temp';
SELECT pg_sleep(1.1);
SELECT throws_ok('SET CONSTRAINTS ALL IMMEDIATE', 'DF102', NULL, 'a right that has ended by the commit is no right');

SELECT throws_ok($$SELECT * FROM domainflow.check_access('user:anne', 'nothing', 'document', '1')$$, 'DF203', NULL, 'unknown relation');
SELECT throws_ok($$SELECT * FROM domainflow.check_access('user:anne', 'viewer', 'document', NULL)$$, 'DF202', NULL, 'no resource');
SELECT throws_ok($$SELECT * FROM domainflow.check_access('user:anne', 'viewer', 'document', '1', '[]')$$, 'DF201', NULL, 'a context is an object');
SELECT throws_ok($$SELECT * FROM domainflow.check_access('anne', 'viewer', 'document', '1')$$, 'DF201', NULL, 'no subject');
SELECT throws_ok($$SELECT * FROM domainflow.check_access('user:anne', 'viewer', 'document', '1', p_model => 'nothing')$$, 'DF301', NULL, 'unknown model');

SET LOCAL ROLE domainflow_app;
SELECT ok(NOT (SELECT allowed FROM domainflow.check_access('user:bob', 'viewer', 'document', '1')), 'the application may ask');
SELECT throws_ok('SELECT * FROM domainflow.relationship', '42501', NULL, 'but not read the facts');
SELECT throws_ok($$SELECT domainflow.define_authorization_model('mine', 'model schema 1.1 type user')$$, '42501', NULL, 'nor define models');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
