BEGIN;
SELECT plan(15);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type document
  relations
    define blocked: [user]
    define editor: [user]
    define viewer: ([user, user:*, group#member] or editor) but not blocked
    define both: viewer and editor
$$);
SELECT domainflow.write_relation(f.subject, f.relation, f.type, f.id)
  FROM (VALUES ('user:anne', 'viewer', 'document', '1'), ('user:anne', 'editor', 'document', '2'), ('user:bob', 'member', 'group', 'eng'),
               ('group:eng#member', 'viewer', 'document', '3'), ('user:*', 'viewer', 'document', '4'), ('user:anne', 'blocked', 'document', '4'),
               ('user:bob', 'editor', 'document', '4'), ('group:a#member', 'member', 'group', 'b'), ('group:b#member', 'member', 'group', 'a'))
       AS f (subject, relation, type, id);

CREATE FUNCTION pg_temp.resources(p_subject text, p_action text) RETURNS text LANGUAGE sql AS $$
    SELECT COALESCE(string_agg(l.resource_id, ',' ORDER BY l.resource_id), '') FROM domainflow.list_resources(p_subject, p_action, 'document') AS l
$$;
CREATE FUNCTION pg_temp.subjects(p_id text, p_action text, p_kind text) RETURNS text LANGUAGE sql AS $$
    SELECT COALESCE(string_agg(l.subject_id, ',' ORDER BY l.subject_id COLLATE "C"), '')
      FROM domainflow.list_subjects('document', p_id, p_action, p_kind) AS l
$$;
SELECT is(pg_temp.resources('user:anne', 'viewer'), '1,2', 'what a user has, without what "but not" takes away');
SELECT is(pg_temp.resources('user:bob', 'viewer'), '3,4', 'through groups and facts about every user');
SELECT is(pg_temp.resources('user:bob', 'both'), '4', 'and needs both');
SELECT is(pg_temp.resources('user:nobody', 'viewer'), '4', 'who is named nowhere has what every user has');
SELECT is(pg_temp.resources('group:eng#member', 'viewer'), '3', 'a group''s members as the subject');
SELECT is(pg_temp.subjects('3', 'viewer', 'user'), 'bob', 'who has a document');
SELECT is(pg_temp.subjects('3', 'viewer', 'group#member'), 'eng', 'which groups have it');
SELECT is(pg_temp.subjects('4', 'viewer', 'user'), '*,bob', 'every user is a row of its own; who is blocked is none');
SELECT is(pg_temp.subjects('4', 'both', 'user'), 'bob', 'every user and one: the one');

SELECT is((SELECT array_agg(l.resource_id || l.complete ORDER BY l.resource_id) FROM domainflow.list_resources('user:bob', 'viewer', 'document', '', 1) AS l),
          '{3false}', 'a page that is not the last');
SELECT is((SELECT array_agg(l.resource_id || l.complete ORDER BY l.resource_id) FROM domainflow.list_resources('user:bob', 'viewer', 'document', '3', 1) AS l),
          '{4true}', 'and the last one');
SELECT throws_ok($$SELECT * FROM domainflow.list_resources('user:bob', 'viewer', 'document', '', 0)$$, 'DF204', NULL, 'a page has a row');
SELECT throws_ok($$SELECT * FROM domainflow.list_resources('user:bob', 'nothing', 'document')$$, 'DF203', NULL, 'unknown relation');
SELECT throws_ok($$SELECT * FROM domainflow.list_subjects('document', '1', 'viewer', 'robot')$$, 'DF301', NULL, 'unknown kind of subject');
SELECT throws_ok($$SELECT * FROM domainflow.list_subjects('document', '1', 'nothing', 'user')$$, 'DF203', NULL, 'unknown relation of a resource');
SELECT * FROM finish();
ROLLBACK;
