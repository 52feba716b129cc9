BEGIN;
SELECT plan(33);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define parent: [folder]
    define viewer: [user, user:*, group#member] or viewer from parent
type document
  relations
    define parent: [folder]
    define owner: [user]
    define blocked: [user, group#member]
    define viewer: (owner or viewer from parent) but not blocked
$$);
SELECT domainflow.write_relation(f.subject, f.relation, f.type, f.id)
  FROM (VALUES ('user:anne', 'owner', 'document', '1'), ('user:bob', 'member', 'group', 'eng'), ('group:eng#member', 'member', 'group', 'all'),
               ('group:all#member', 'viewer', 'folder', 'top'), ('folder:top', 'parent', 'folder', 'sub'), ('folder:sub', 'parent', 'document', '2'),
               ('folder:open', 'parent', 'document', '3'), ('user:*', 'viewer', 'folder', 'open')) AS f (subject, relation, type, id);

SELECT ok(domainflow.has_access('user:anne', 'viewer', 'document', '1'), 'by a relation of the same object');
SELECT ok(NOT domainflow.has_access('user:bob', 'viewer', 'document', '1'), 'not by somebody else''s');
SELECT ok(domainflow.has_access('user:bob', 'viewer', 'document', '2'), 'through groups of groups and folders of folders');
SELECT ok(NOT domainflow.has_access('user:anne', 'viewer', 'document', '2'), 'who is in no group has nothing through it');
SELECT ok(domainflow.has_access('user:anyone', 'viewer', 'document', '3'), 'by a fact about every user');
SELECT ok(domainflow.has_access('group:eng#member', 'viewer', 'document', '2'), 'a group''s members are a subject');
SELECT ok(domainflow.has_access('group:eng#member', 'member', 'group', 'eng'), 'and have what they are');
SELECT ok(NOT domainflow.has_access('user:*', 'viewer', 'document', '2'), 'every user has what facts give to every user');
SELECT ok(domainflow.has_access('user:*', 'viewer', 'document', '3'), 'and that only');
SELECT ok(NOT domainflow.has_access('user:anne', 'viewer', 'document', 'nothing'), 'an unknown object is nobody''s');

SELECT domainflow.write_relation('group:all#member', 'blocked', 'document', '2');
SELECT ok(NOT domainflow.has_access('user:bob', 'viewer', 'document', '2'), 'but not takes away');

-- A circle of groups on the right of "but not" denies: who is in it cannot be told.
SELECT domainflow.write_relation('group:x#member', 'member', 'group', 'y');
SELECT domainflow.write_relation('group:y#member', 'member', 'group', 'x');
SELECT ok(NOT domainflow.has_access('user:anne', 'member', 'group', 'x'), 'a circle gives nobody anything');
SELECT domainflow.write_relation('group:x#member', 'blocked', 'document', '1');
SELECT ok(NOT domainflow.has_access('user:anne', 'viewer', 'document', '1'), 'a circle on the right of but not denies');
SELECT domainflow.delete_relation('group:x#member', 'member', 'group', 'y');
SELECT ok(domainflow.has_access('user:anne', 'viewer', 'document', '1'), 'the circle is broken');

-- 20 layers of two groups, each member of both of the next layer, closed to a circle: a search by paths would look at 2^20 of them.
SELECT domainflow.write_relation(format('group:%s-%s#member', a, layer), 'member', 'group', format('%s-%s', b, (layer + 1) % 20))
  FROM generate_series(0, 19) AS layer, unnest('{a,b}'::text[]) AS a, unnest('{a,b}'::text[]) AS b;
SELECT ok(NOT domainflow.has_access('user:bob', 'member', 'group', 'a-0'), 'a diamond that closes in a circle ends');
SELECT domainflow.write_relation('user:bob', 'member', 'group', 'b-7');
SELECT ok(domainflow.has_access('user:bob', 'member', 'group', 'a-0'), 'and finds who is in it');
SELECT ok(domainflow.has_access('user:bob', 'member', 'group', 'a-0', p_max_depth => 20), 'in as many steps as are allowed');
SELECT throws_ok($$SELECT domainflow.has_access('user:bob', 'member', 'group', 'a-0', p_max_depth => 5)$$, 'DF204', NULL, 'fewer steps are refused');

-- Facts of the call.
SELECT ok(domainflow.has_access('user:eve', 'viewer', 'document', '9',
                                p_facts => '[{"subject": "user:eve", "relation": "owner", "resource": "document:9"}]'), 'a fact of the call counts');
SELECT ok(NOT domainflow.has_access('user:eve', 'viewer', 'document', '9'), 'for this call only');
SELECT ok(domainflow.has_access('user:bob', 'viewer', 'document', '10',
                                p_facts => '[{"subject": "folder:top", "relation": "parent", "resource": "document:10"}]'), 'together with stored ones');
SELECT throws_ok($$SELECT domainflow.has_access('user:eve', 'viewer', 'document', '9',
                       p_facts => '[{"subject": "group:x", "relation": "owner", "resource": "document:9"}]')$$, 'DF205', NULL,
                 'facts that the model does not admit are refused');
SELECT throws_ok($$SELECT domainflow.has_access('user:eve', 'viewer', 'document', '9', p_facts => '{"no": "list"}')$$, 'DF205', NULL,
                 'as is what is no list of facts');

-- A fact that has ended.
SELECT domainflow.write_relation('user:temp', 'owner', 'document', '1', now() + interval '1 hour');
SELECT ok(domainflow.has_access('user:temp', 'viewer', 'document', '1'), 'a fact counts until it ends');
UPDATE domainflow.relationship SET valid_until = clock_timestamp() - interval '1 second' WHERE subject_id = 'temp';
SELECT ok(NOT domainflow.has_access('user:temp', 'viewer', 'document', '1'), 'and no longer');

SELECT throws_ok($$SELECT domainflow.has_access('user:anne', 'nothing', 'document', '1')$$, 'DF203', NULL, 'unknown relation');
SELECT throws_ok($$SELECT domainflow.has_access('user:anne', 'viewer', 'nothing', '1')$$, 'DF301', NULL, 'unknown type');
SELECT throws_ok($$SELECT domainflow.has_access('robot:1', 'viewer', 'document', '1')$$, 'DF301', NULL, 'unknown type of a subject');
SELECT throws_ok($$SELECT domainflow.has_access('anne', 'viewer', 'document', '1')$$, 'DF201', NULL, 'a subject has a type');
SELECT throws_ok($$SELECT domainflow.has_access('a:b:c', 'viewer', 'document', '1')$$, 'DF201', NULL, 'and one id');
SELECT throws_ok($$SELECT domainflow.has_access(NULL, 'viewer', 'document', '1')$$, 'DF202', NULL, 'subject is null');
SELECT throws_ok($$SELECT domainflow.has_access('user:anne', 'viewer', 'document', NULL)$$, 'DF202', NULL, 'resource is null');
SELECT throws_ok($$SELECT domainflow.has_access('user:anne', 'viewer', 'document', '1', 'nothing')$$, 'DF301', NULL, 'unknown model');
SELECT * FROM finish();
ROLLBACK;
