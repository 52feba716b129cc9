-- Authorization decisions: what is written, what is refused, who may write and read, and that nothing is ever changed.
BEGIN;
SELECT plan(76);

SELECT has_table('domainflow', 'audit_log', 'audit_log exists');
SELECT has_function('domainflow', 'log_authorization_decision',
                    ARRAY['text', 'text', 'text', 'text', 'text', 'text[]', 'jsonb', 'jsonb', 'double precision'],
                    'the single form has the documented signature');

SET LOCAL domainflow.correlation_id = 'corr-1';
SET LOCAL application_name = 'pgtap';
CREATE TEMPORARY TABLE seen (name text, id uuid) ON COMMIT DROP;
GRANT ALL ON seen TO PUBLIC;

-- The application writes.
SET LOCAL ROLE domainflow_app;
INSERT INTO seen
SELECT 'deny', domainflow.log_authorization_decision(
    'alice', 'campaign', 'c-1', 'start', 'deny', ARRAY['owner-only', 'office-hours'], '{"owner": "bob"}', '{"ip": "10.0.0.1"}', 1.5);
INSERT INTO seen SELECT 'plain', domainflow.log_authorization_decision('bob', 'campaign', NULL, 'create', 'allow');
INSERT INTO seen
SELECT 'nulls', domainflow.log_authorization_decision('bob', 'campaign', 'c-2', 'read', 'allow', NULL, NULL, NULL, NULL);
SELECT throws_ok('SELECT * FROM domainflow.audit_log', '42501', NULL, 'the application cannot read the log');
SELECT throws_ok('INSERT INTO domainflow.audit_log_default SELECT * FROM domainflow.audit_log', '42501', NULL,
                 'the application cannot write a partition');
SELECT throws_ok('SELECT domainflow.get_authorization_decisions()', '42501', NULL, 'the application cannot ask for decisions');
SELECT throws_ok('SELECT domainflow.ensure_partitions()', '42501', NULL, 'the application cannot add partitions');
SELECT throws_ok('SELECT domainflow.drop_expired_partitions()', '42501', NULL, 'the application cannot drop partitions');
RESET ROLE;

SELECT is(a.decision, 'deny', 'decision') FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.policies, ARRAY['owner-only', 'office-hours'], 'policies in order')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.context, '{"owner": "bob"}', 'context') FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.request_context, '{"ip": "10.0.0.1"}', 'request context')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.execution_time_ms, 1.5::double precision, 'execution time')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.transaction_id, pg_current_xact_id(), 'the decision belongs to the caller''s transaction')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.correlation_id, 'corr-1', 'correlation id') FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.effective_role, 'domainflow_app', 'effective role is the one taken, not the definer')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.session_role, session_user::text, 'session role is the one that logged in')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.backend_pid, pg_backend_pid(), 'backend') FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(a.application_name, 'pgtap', 'application') FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT ok(a.decided_at > transaction_timestamp() AND a.decided_at <= clock_timestamp(), 'decided_at is the clock, not the transaction')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'deny';
SELECT is(to_jsonb(a) - '{id,decided_at,transaction_id,backend_pid,session_role}'::text[],
          '{"user_id": "bob", "resource_type": "campaign", "resource_id": null, "action": "create", "decision": "allow",
            "policies": [], "context": {}, "request_context": {}, "execution_time_ms": null, "model": null, "revision": null,
            "reason_code": null, "given_facts": null, "fence": null, "correlation_id": "corr-1",
            "effective_role": "domainflow_app", "application_name": "pgtap"}', 'defaults')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'plain';
SELECT is((a.policies, a.context, a.request_context)::text, '({},{},{})', 'nulls stand for the defaults')
  FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name = 'nulls';

-- A denial survives: the function returned, so the caller can commit; an error elsewhere takes it away with everything else.
SAVEPOINT work;
SELECT domainflow.log_authorization_decision('carol', 'campaign', 'c-9', 'start', 'deny');
ROLLBACK TO SAVEPOINT work;
SELECT is(count(*), 0::bigint, 'a decision is undone with the transaction it belongs to')
  FROM domainflow.audit_log WHERE user_id = 'carol';
SELECT is(count(*), 1::bigint, 'a denial stays') FROM domainflow.audit_log WHERE decision = 'deny' AND user_id = 'alice';

-- Incomplete decisions.
SELECT throws_ok($$SELECT domainflow.log_authorization_decision(NULL, 'r', 'i', 'a', 'allow')$$, 'DF202', NULL, 'no user');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('', 'r', 'i', 'a', 'allow')$$, 'DF202', NULL, 'empty user');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', NULL, 'i', 'a', 'allow')$$, 'DF202', NULL, 'no resource type');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', '', 'allow')$$, 'DF202', NULL, 'no action');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', NULL)$$, 'DF202', NULL, 'no decision');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'Allow')$$, 'DF201', NULL, 'unknown decision');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'allow', '{}', '[]')$$, 'DF201', NULL,
                 'context that is no object');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'allow', '{}', '{}', '"x"')$$, 'DF201', NULL,
                 'request context that is no object');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'allow', ARRAY['p', NULL])$$, 'DF201', NULL,
                 'a policy without a name');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'allow', '{}', '{}', '{}', -1)$$, 'DF204', NULL,
                 'negative time');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'allow', '{}', '{}', '{}', 'NaN')$$, 'DF204',
                 NULL, 'time that is no number');

-- Batch.
SET LOCAL ROLE domainflow_app;
INSERT INTO seen
SELECT 'batch' || d.position, d.id
  FROM domainflow.log_authorization_decisions(
           ARRAY['u1', 'u2', 'u3'], ARRAY['r', 'r', 'r'], ARRAY['1', NULL, '3'], ARRAY['a', 'b', 'c'], ARRAY['allow', 'deny', 'allow'],
           ARRAY['["p", "q"]', '[]', NULL]::jsonb[], ARRAY['{"n": 1}', NULL, '{}']::jsonb[], NULL, ARRAY[1, NULL, 3])
       WITH ORDINALITY AS d (id, position);
RESET ROLE;
SELECT results_eq(
    $$SELECT s.name, a.user_id, a.resource_id, a.action, a.decision, a.policies, a.context, a.execution_time_ms, a.correlation_id
        FROM domainflow.audit_log AS a JOIN seen AS s USING (id) WHERE s.name LIKE 'batch%' ORDER BY s.name$$,
    $$VALUES ('batch1', 'u1', '1', 'a', 'allow', ARRAY['p', 'q'], '{"n": 1}'::jsonb, 1::double precision, 'corr-1'),
             ('batch2', 'u2', NULL, 'b', 'deny', '{}'::text[], '{}', NULL, 'corr-1'),
             ('batch3', 'u3', '3', 'c', 'allow', '{}', '{}', 3, 'corr-1')$$, 'ids in input order');
SELECT is_empty($$SELECT domainflow.log_authorization_decisions('{}', '{}', '{}', '{}', '{}')$$, 'an empty batch writes nothing');
SELECT throws_ok('SELECT domainflow.log_authorization_decisions(NULL, NULL, NULL, NULL, NULL)', 'DF202', NULL, 'a batch of nulls is no decision');
SELECT throws_ok($$SELECT domainflow.log_authorization_decisions('{u,u}', '{r,r}', '{1}', '{a,a}', '{deny,deny}')$$, 'DF201', NULL,
                 'a resource id is missing');
SELECT throws_ok(
    $$SELECT domainflow.log_authorization_decisions('{u,u}', '{r,r}', NULL, '{a,a}', '{deny,deny}', p_contexts => ARRAY['{"a": 1}']::jsonb[])$$,
    'DF201', NULL, 'a context is missing');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', '1', 'a', 'deny', '{{p},{q}}')$$, 'DF201', NULL, 'policies of two dimensions');
SELECT throws_like(
    $$SELECT domainflow.log_authorization_decisions('{u,u}', '{r,r}', NULL, '{a,a}', '{allow,maybe}')$$, '%(element 2)%',
    'a bad element is named');
SELECT throws_ok($$SELECT domainflow.log_authorization_decisions('{u,u}', '{r}', NULL, '{a,a}', '{allow,deny}')$$, 'DF202', NULL,
                 'arrays of different lengths');
SELECT throws_ok(
    $$SELECT domainflow.log_authorization_decisions('{u}', '{r}', NULL, '{a}', '{deny}', ARRAY['"p"']::jsonb[])$$, 'DF201', NULL,
    'policies that are no array');
SELECT throws_ok(
    $$SELECT domainflow.log_authorization_decisions('{u}', '{r}', NULL, '{a}', '{deny}', ARRAY['[1]']::jsonb[])$$, 'DF201', NULL,
    'policy names that are no strings');
SELECT is(count(*), 0::bigint, 'nothing of a refused batch is written') FROM domainflow.audit_log WHERE user_id = 'u' AND correlation_id = 'corr-1';

-- Bounds, and messages that hold no more of a value than 200 characters and none of its control characters.
SELECT throws_ok(format('SELECT domainflow.log_authorization_decision(%s)', a.args), 'DF204', NULL, a.why)
  FROM (VALUES ($$repeat('u', 1001), 'r', 'i', 'a', 'allow'$$, 'a long user'),
               ($$'u', repeat('r', 1001), 'i', 'a', 'allow'$$, 'a long resource type'),
               ($$'u', 'r', repeat('i', 1001), 'a', 'allow'$$, 'a long resource'),
               ($$'u', 'r', 'i', repeat('a', 1001), 'allow'$$, 'a long action'),
               ($$'u', 'r', 'i', 'a', 'allow', array_fill('p'::text, ARRAY[1001])$$, 'many policies'),
               ($$'u', 'r', 'i', 'a', 'allow', ARRAY[repeat('p', 65537)]$$, 'a long policy'),
               ($$'u', 'r', 'i', 'a', 'allow', '{}', jsonb_build_object('x', repeat('x', 262144))$$, 'a large context'),
               ($$'u', 'r', 'i', 'a', 'allow', '{}', '{}', jsonb_build_object('x', repeat('x', 262144))$$, 'a large request context')) AS a (args, why);
SELECT throws_ok($$SELECT domainflow.log_authorization_decisions(u.u, u.u, u.u, u.u, u.u) FROM (SELECT array_fill('allow'::text, ARRAY[10001]) AS u) AS u$$,
                 'DF204', NULL, 'a large batch');
SET LOCAL domainflow.correlation_id = '';
SELECT lives_ok($$SELECT domainflow.log_authorization_decision(repeat('u', 1000), 'r', 'i', 'a', 'allow', '{}',
                         jsonb_build_object('x', repeat('x', 200000)))$$, 'the bounds themselves');
DO $$
DECLARE
    v_message text;
    v_detail text;
BEGIN
    PERFORM domainflow.log_authorization_decision(E'a\x1b[31m', '', 'i', 'a', repeat('x', 5000));
EXCEPTION
    WHEN SQLSTATE 'DF202' THEN
        GET STACKED DIAGNOSTICS v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL;
        PERFORM set_config('test.message', v_message, true), set_config('test.detail', v_detail, true);
END
$$;
SELECT is(current_setting('test.message'), 'an authorization decision needs resource_type', 'a single decision is no element');
SELECT ok(length(current_setting('test.detail')) < 400 AND current_setting('test.detail') !~ E'[\x01-\x1f]', 'DETAIL is short and printable');

-- The auditor reads.
INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, action, decision, policies, context, request_context,
                                  effective_role, application_name)
VALUES (gen_random_uuid(), now() - interval '25 hours', 'dave', 'r', 'a', 'allow', '{}', '{}', '{}', 'x', 'x');
SET LOCAL ROLE domainflow_auditor;
SELECT results_eq($$SELECT d.user_id FROM domainflow.get_authorization_decisions(p_correlation_id => 'corr-1') AS d$$,
                  $$VALUES ('u3'), ('u2'), ('u1'), ('bob'), ('bob'), ('alice')$$, 'newest first');
SELECT results_eq($$SELECT d.action FROM domainflow.get_authorization_decisions('bob', p_limit => 1) AS d$$, $$VALUES ('read')$$,
                  'by user, with a limit');
SELECT results_eq(
    $$SELECT d.user_id FROM domainflow.get_authorization_decisions(NULL, 'campaign', 'c-1', 'start', 'deny', 'corr-1', 1, 10) AS d$$,
    $$VALUES ('alice')$$, 'by all filters at once');
SELECT is_empty($$SELECT * FROM domainflow.get_authorization_decisions('alice', p_decision => 'allow')$$, 'nothing matches');
SELECT is_empty($$SELECT * FROM domainflow.get_authorization_decisions('dave')$$, 'the window is a day');
SELECT is(count(*), 1::bigint, 'a wider window') FROM domainflow.get_authorization_decisions('dave', p_hours_back => 26);
SELECT throws_ok($$SELECT domainflow.get_authorization_decisions(p_decision => 'x')$$, 'DF201', NULL, 'unknown decision asked for');
SELECT throws_ok($$SELECT domainflow.get_authorization_decisions(p_hours_back => 0)$$, 'DF204', NULL, 'no window');
SELECT throws_ok($$SELECT domainflow.get_authorization_decisions(p_hours_back => NULL)$$, 'DF204', NULL, 'null window');
SELECT throws_ok($$SELECT domainflow.get_authorization_decisions(p_limit => 0)$$, 'DF204', NULL, 'no rows asked for');
SELECT throws_ok($$DELETE FROM domainflow.audit_log$$, '42501', NULL, 'the auditor cannot delete');
SELECT throws_ok($$SELECT domainflow.log_authorization_decision('u', 'r', 'i', 'a', 'allow')$$, '42501', NULL,
                 'the auditor cannot write');
RESET ROLE;

-- Append-only, for the owner too and whichever way a row is reached.
SELECT throws_ok($$UPDATE domainflow.audit_log SET decision = 'allow'$$, 'DF705', NULL, 'no update');
SELECT throws_ok($$DELETE FROM domainflow.audit_log$$, 'DF705', NULL, 'no delete');
SELECT throws_ok($$TRUNCATE domainflow.audit_log$$, 'DF705', NULL, 'no truncate');
SELECT throws_ok($$TRUNCATE domainflow.audit_log_default$$, 'DF705', NULL, 'no truncate of a partition');
SELECT throws_ok(format('DELETE FROM %s', (SELECT min(tableoid)::regclass FROM domainflow.audit_log)), 'DF705', NULL,
                 'no delete in a partition');
SET LOCAL session_replication_role = replica;
SELECT throws_ok($$UPDATE domainflow.audit_log SET decision = 'allow'$$, 'DF705', NULL, 'no update behind the triggers'' back');
SET LOCAL session_replication_role = origin;

SELECT is(count(*), 2::bigint, 'arrays of two dimensions are read as a row')
  FROM domainflow.log_authorization_decisions('{{v,w}}', '{{r,r}}', NULL, '{{a,a}}', '{{deny,deny}}');
SELECT * FROM finish();
ROLLBACK;
