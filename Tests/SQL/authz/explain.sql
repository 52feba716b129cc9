BEGIN;
SELECT plan(9);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define viewer: [user, group#member]
type document
  relations
    define parent: [folder]
    define blocked: [user]
    define viewer: ([user] or viewer from parent) but not blocked
$$);
SELECT domainflow.write_relation(f.subject, f.relation, f.type, f.id)
  FROM (VALUES ('folder:a', 'parent', 'document', '1'), ('group:eng#member', 'viewer', 'folder', 'a'), ('user:bob', 'member', 'group', 'eng'),
               ('user:eve', 'viewer', 'document', '1'), ('user:eve', 'blocked', 'document', '1'), ('group:x#member', 'member', 'group', 'y'),
               ('group:y#member', 'member', 'group', 'x')) AS f (subject, relation, type, id);
CREATE FUNCTION pg_temp.tree(p_subject text, p_action text, p_type text, p_id text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(repeat('. ', e.depth) || e.step || COALESCE(': ' || e.verdict, ''))
      FROM domainflow.explain_access(p_subject, p_action, p_type, p_id) AS e
$$;
SELECT is(pg_temp.tree('user:bob', 'viewer', 'document', '1'), ARRAY[
    'document:1#viewer: yes', '. the first, but not the second: yes', '. . one of: yes', '. . . facts viewer of document:1: no',
    '. . . viewer from parent of document:1: yes', '. . . . folder:a#viewer: yes', '. . . . . facts viewer of folder:a: yes',
    '. . . . . . group:eng#member: yes', '. . . . . . . facts member of group:eng: yes', '. . . . . . . . fact: user:bob: yes',
    '. . document:1#blocked: no', '. . . facts blocked of document:1: no'], 'why somebody has it');
SELECT is((pg_temp.tree('user:nobody', 'viewer', 'document', '1'))[12],
          'would be allowed by: write_relation(''user:nobody'', ''viewer'', ''document'', ''1'')', 'what somebody lacks');
SELECT is((SELECT array_agg(e.step) FILTER (WHERE e.verdict = 'yes') FROM domainflow.explain_access('user:eve', 'viewer', 'document', '1') AS e),
          '{one of,facts viewer of document:1,fact: user:eve,document:1#blocked,facts blocked of document:1,fact: user:eve}'::text[], 'what takes it away');
SELECT is((SELECT e.step FROM domainflow.explain_access('user:eve', 'viewer', 'document', '1') AS e WHERE e.step LIKE 'no single%'),
          'no single fact would allow it', 'and that no fact would help');
SELECT is(pg_temp.tree('user:bob', 'member', 'group', 'x'), ARRAY[
    'group:x#member: perhaps', '. facts member of group:x: perhaps', '. . group:y#member: perhaps', '. . . facts member of group:y: perhaps',
    '. . . . group:x#member (a circle): perhaps', 'would be allowed by: write_relation(''user:bob'', ''member'', ''group'', ''x'')'], 'a circle is named');

SELECT results_eq($$SELECT steps, resource, relation, subject, taken_away FROM domainflow.expand_access('document', '1', 'viewer')$$,
    $$VALUES (0, 'document:1', 'blocked', 'user:eve', true), (0, 'document:1', 'parent', 'folder:a', false), (0, 'document:1', 'viewer', 'user:eve', false),
             (1, 'folder:a', 'viewer', 'group:eng#member', false), (2, 'group:eng', 'member', 'user:bob', false)$$, 'all facts on the way');
SELECT throws_ok($$SELECT * FROM domainflow.expand_access('document', '1', 'nothing')$$, 'DF203', NULL, 'unknown relation');
SET LOCAL ROLE domainflow_app;
SELECT throws_ok($$SELECT * FROM domainflow.explain_access('user:bob', 'viewer', 'document', '1')$$, '42501', NULL, 'why is not for the application');
SELECT throws_ok($$SELECT * FROM domainflow.expand_access('document', '1', 'viewer')$$, '42501', NULL, 'nor how');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
