BEGIN;
SELECT plan(4);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type group
  relations
    define member: [user]
type document
  relations
    define viewer: [user, group#member]
$$);
SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '1');
SELECT domainflow.write_relation('user:ben', 'viewer', 'document', '1', p_reason => 'project');
SELECT domainflow.write_relation('group:g#member', 'viewer', 'document', '1');
SELECT allowed FROM domainflow.check_access('user:anne', 'viewer', 'document', '1');
SELECT results_eq($$SELECT subject, relation, resource, reason, last_used FROM domainflow.access_review(clock_timestamp() - interval '1 hour')$$,
                  $$SELECT NULL::text, NULL::text, NULL::text, NULL::text, NULL::timestamptz WHERE false$$, 'what was given since is not unused');
UPDATE domainflow.relationship SET granted_at = clock_timestamp() - interval '2 hours';
SELECT results_eq($$SELECT subject, relation, resource, reason, last_used IS NULL FROM domainflow.access_review(clock_timestamp() - interval '1 hour')$$,
                  $$VALUES ('user:ben', 'viewer', 'document:1', 'project', true)$$, 'what nobody used; groups are not reviewed');
SELECT results_eq($$SELECT subject FROM domainflow.access_review(clock_timestamp() + interval '1 hour') ORDER BY subject$$,
                  $$VALUES ('user:anne'), ('user:ben')$$, 'a use that is older than asked for does not count');
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT * FROM domainflow.access_review(now())', '42501', NULL, 'not for the application');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
