BEGIN;
SELECT plan(12);

SELECT domainflow.define_authorization_model('default', $$model
  schema 1.1
type user
type group
  relations
    define member: [user]
type role
  relations
    define assignee: [user, user:*, group#member]
$$);
SELECT lives_ok($$SELECT domainflow.forbid_together('role:payer#assignee', 'role:approver#assignee')$$, 'two roles are forbidden together');
SELECT domainflow.write_relation('user:anne', 'assignee', 'role', 'payer');
SELECT domainflow.write_relation('user:ben', 'assignee', 'role', 'approver');
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'each may have one');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'assignee', 'role', 'approver')$$, 'DF706',
                 'user:anne would have role:approver#assignee and role:payer#assignee, which are forbidden together', 'nobody may have both');
SELECT lives_ok($$SELECT domainflow.write_relation('group:staff#member', 'assignee', 'role', 'approver')$$, 'an empty group');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'member', 'group', 'staff')$$, 'DF706', NULL, 'nor through a group');
SELECT throws_ok($$SELECT domainflow.write_relation('user:*', 'assignee', 'role', 'payer')$$, 'DF706', NULL, 'nor as every user');
SELECT throws_ok($$SELECT domainflow.forbid_together('role:approver#assignee', 'group:staff#nothing')$$, 'DF203', NULL, 'no relation');
SELECT throws_ok($$SELECT domainflow.forbid_together('role:approver', 'role:payer')$$, 'DF201', NULL, 'objects are no relations');
SELECT throws_ok($$SELECT domainflow.forbid_together('role:approver#assignee', 'role:approver#assignee')$$, 'DF201', NULL, 'two are two');
SELECT ok(domainflow.allow_together('role:approver#assignee', 'role:payer#assignee'), 'in either order they are allowed again');
SELECT is(domainflow.write_relation('user:anne', 'assignee', 'role', 'approver'), 'created', 'and somebody may have both');
SELECT throws_ok($$SELECT domainflow.forbid_together('role:payer#assignee', 'role:approver#assignee')$$, 'DF706', NULL, 'which then cannot be forbidden');
SELECT * FROM finish();
ROLLBACK;
