BEGIN;
SELECT plan(27);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type group
  relations
    define member: [user]
type document
  relations
    define banned: [user]
    define boss: [user]
    define grant_viewer: boss
    define viewer: [user, group#member] but not banned
    define reader: viewer
$$);
SELECT domainflow.write_relation('user:boss', 'boss', 'document', '1');
SELECT is(domainflow.write_relation('user:anne', 'viewer', 'document', '1'), 'created', 'a fact is created');
SELECT is(domainflow.write_relation('user:anne', 'viewer', 'document', '1'), 'kept', 'writing it again changes nothing');
SELECT is(domainflow.write_relation('user:anne', 'viewer', 'document', '1', now() + interval '1 day', 'user:boss', 'holiday'), 'changed',
          'another end, giver or reason does');
SELECT is((SELECT ARRAY[granted_by, reason, subject_id] FROM domainflow.relationship WHERE subject_id = 'anne'), '{user:boss,holiday,anne}'::text[], 'and is kept with it');
SELECT results_eq($$SELECT action, user_id, context ->> 'subject', fence FROM domainflow.audit_log WHERE action = 'write_relation' AND context ->> 'relation' = 'viewer'
                     ORDER BY decided_at$$,
                  format($$VALUES ('write_relation', %L, 'user:anne', NULL::bigint), ('write_relation', 'user:boss', 'user:anne', 0)$$,
                         'role:' || session_user),
                  'each change is a decision on record; one that may take something away is fenced');
SELECT is(domainflow.write_relation('user:anne', 'banned', 'document', '2'), 'created', 'a fact that takes something away');
SELECT is((SELECT fence FROM domainflow.audit_log WHERE action = 'write_relation' ORDER BY decided_at DESC LIMIT 1), 0::bigint,
          'is fenced when it is created');
SELECT ok(domainflow.delete_relation('user:anne', 'viewer', 'document', '1', 'user:boss', 'left'), 'a fact is deleted');
SELECT ok(NOT domainflow.delete_relation('user:anne', 'viewer', 'document', '1'), 'once');
SELECT is((SELECT context ->> 'reason' FROM domainflow.audit_log WHERE action = 'delete_relation'), 'left', 'and that is on record');
SELECT is((SELECT count(*) FROM domainflow.relationship WHERE subject_id = 'anne'), 1::bigint, 'it is gone');

SELECT is(domainflow.write_relation('user:ben', 'viewer', 'document', '1'), 'created', 'the application gives');
SELECT throws_ok($$SELECT domainflow.write_relation('user:eve', 'viewer', 'document', '1', p_granted_by => 'user:ben')$$, 'DF102', NULL,
                 'who has a relation may not give it where the model says who may');
SELECT throws_ok($$SELECT domainflow.delete_relation('user:boss', 'boss', 'document', '1', 'user:ben')$$, 'DF102', NULL, 'nor take what they do not have');
SELECT ok(domainflow.delete_relation('user:ben', 'viewer', 'document', '1', 'user:ben'), 'everybody may give up their own');
SELECT is(domainflow.write_relation('user:second', 'boss', 'document', '1', p_granted_by => 'user:boss'), 'created',
          'who has a relation may give it where the model does not say who may');
SELECT throws_ok($$SELECT domainflow.write_relation('user:eve', 'boss', 'document', '1', p_granted_by => 'user:eve')$$, 'DF102', NULL,
                 'nobody gives what they do not hold');

SELECT throws_ok($$SELECT domainflow.write_relation('user:*', 'viewer', 'document', '1')$$, 'DF205', NULL, 'every user, where the model has no wildcard');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'reader', 'document', '1')$$, 'DF205', NULL, 'a relation that is computed');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'nothing', 'document', '1')$$, 'DF203', NULL, 'a relation that is none');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'viewer', 'nothing', '1')$$, 'DF301', NULL, 'a type that is none');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '')$$, 'DF202', NULL, 'no id');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'viewer', 'document', 'a:b')$$, 'DF201', NULL, 'an id with a colon');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '1', now() - interval '1 day')$$, 'DF204', NULL, 'an end that is past');
SELECT throws_ok($$SELECT domainflow.write_relation('user:an ne', 'viewer', 'document', '1')$$, 'DF201', NULL, 'a space in a subject');

SELECT throws_ok($$SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine viewer: [user]')$$,
                 'DF706', NULL, 'a revision that orphans facts is refused');
SELECT is(domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine viewer: [user]', 'ignore'), 2,
          'unless told otherwise');
SELECT * FROM finish();
ROLLBACK;
