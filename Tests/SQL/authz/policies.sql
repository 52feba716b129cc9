BEGIN;
SELECT plan(26);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type document
  relations
    define owner: [user]
    define viewer: [user] or owner
$$);
SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '1');
CREATE FUNCTION pg_temp.why(p_subject text, p_context jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', c.reason_code, c.denied_by) || CASE WHEN domainflow.has_access(p_subject, 'viewer', 'document', '1', p_context => p_context)
                                                                   IS DISTINCT FROM c.allowed THEN ', and has_access differs' ELSE '' END
      FROM domainflow.check_access(p_subject, 'viewer', 'document', '1', p_context) AS c
$$;
SELECT domainflow.define_access_policy('internal only', 'deny', 'document', '{viewer}', '!($.ip starts with "10.")');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1"}'), 'relation', 'a deny policy that does not hold');
SELECT is(pg_temp.why('user:anne', '{"ip": "192.0.2.1"}'), 'deny_policy internal only', 'deny overrides allow');
SELECT is(pg_temp.why('user:anne', '{}'), 'policy_error internal only', 'a condition over nothing denies');
SELECT is(pg_temp.why('user:anne', '{"ip": 7}'), 'policy_error internal only', 'a condition that errs denies');
SELECT is(pg_temp.why('user:bob', '{"ip": "10.0.0.1"}'), 'no_relation', 'default deny');

SELECT domainflow.define_access_policy('same department', 'allow', 'document', '{viewer}', '$.department == "sales"');
SELECT is(pg_temp.why('user:bob', '{"ip": "10.0.0.1", "department": "sales"}'), 'policy', 'an allow policy gives what the model does not');
SELECT is(pg_temp.why('user:bob', '{"ip": "192.0.2.1", "department": "sales"}'), 'deny_policy internal only', 'deny overrides that too');
SELECT is(pg_temp.why('user:bob', '{"ip": "10.0.0.1", "department": null}'), 'no_relation', 'a condition that is false');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1"}'), 'policy_error same department', 'an allow policy that errs denies as well');
SELECT is((SELECT matched FROM domainflow.check_access('user:anne', 'viewer', 'document', '1', '{"ip": "10.0.0.1", "department": "sales"}')),
          '{document#viewer,"same department"}'::text[], 'all that matched is named');

SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1", "department": "sales", "scopes": ["document:viewer"]}'), 'relation', 'a scope that covers');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1", "department": "sales", "scopes": ["document:*"]}'), 'relation', 'of all actions');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1", "department": "sales", "scopes": ["folder:*"]}'), 'scope', 'one that does not');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1", "department": "sales", "scopes": []}'), 'scope', 'no scope at all');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1", "department": "sales", "scopes": "*"}'), 'scope', 'what is no list of scopes covers nothing');

SELECT domainflow.define_access_policy('variables', 'deny', 'document', '{viewer}', '$subject == "user:anne" && $now.datetime() > "2020-01-01".datetime()');
SELECT is(pg_temp.why('user:anne', '{"ip": "10.0.0.1", "department": "x"}'), 'deny_policy variables', 'conditions know subject and time');
SELECT domainflow.define_access_policy('variables', 'allow', 'document', '{owner}', '$subject == "user:zoe" || $resource_id == "9"');
SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '9');
SELECT domainflow.write_relation('user:zoe', 'viewer', 'document', '1');
SELECT is((SELECT array_agg(resource_id ORDER BY resource_id) FROM domainflow.list_resources('user:zoe', 'owner', 'document')), '{1,9}',
          'a list knows what policies allow');
SELECT is((SELECT array_agg(subject_id ORDER BY subject_id) FROM domainflow.list_subjects('document', '1', 'owner', 'user')), '{zoe}', 'in both directions');
SELECT is((SELECT count(*) FROM domainflow.list_resources('user:zoe', 'owner', 'document', p_context => '{"scopes": []}')), 0::bigint, 'and scopes');
SELECT is((SELECT count(*) FROM domainflow.list_resources('user:anne', 'viewer', 'document', p_context => '{"ip": "10.0.0.1"}')), 0::bigint,
          'and a condition that cannot be decided');
SELECT ok(domainflow.drop_access_policy('variables'), 'a policy is dropped');
SELECT ok(NOT domainflow.drop_access_policy('variables'), 'once');
SELECT is((SELECT array_agg(action ORDER BY decided_at) FROM domainflow.audit_log WHERE fence = 0),
          '{define_access_policy,define_access_policy,define_access_policy,define_access_policy,drop_access_policy}'::text[], 'each change is on record, and fenced');

SELECT throws_ok($$SELECT domainflow.define_access_policy('p', 'deny', 'document', '{viewer}', 'not a path')$$, 'DF201', NULL, 'no jsonpath');
SELECT throws_ok($$SELECT domainflow.define_access_policy('p', 'maybe', 'document', '{viewer}')$$, 'DF201', NULL, 'no effect');
SELECT throws_ok($$SELECT domainflow.define_access_policy('p', 'deny', 'document', '{nothing}')$$, 'DF203', NULL, 'no action');
SELECT * FROM finish();
ROLLBACK;
