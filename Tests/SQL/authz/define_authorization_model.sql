BEGIN;
SELECT plan(37);

SELECT throws_ok($$SELECT domainflow.has_access('user:anne', 'viewer', 'document', '1')$$, 'DF301', NULL, 'without a model nothing is decided');
SELECT throws_ok($$SELECT * FROM domainflow.check_access('user:anne', 'viewer', 'document', '1')$$, 'DF301', NULL, 'nor logged');
SELECT throws_ok($$SELECT * FROM domainflow.list_resources('user:anne', 'viewer', 'document')$$, 'DF301', NULL, 'nor listed');
SELECT throws_ok($$SELECT * FROM domainflow.list_subjects('document', '1', 'viewer', 'user')$$, 'DF301', NULL, 'in either direction');
SELECT throws_ok($$SELECT * FROM domainflow.explain_access('user:anne', 'viewer', 'document', '1')$$, 'DF301', NULL, 'nor explained');
SELECT throws_ok($$SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '1')$$, 'DF301', NULL, 'nor written');

PREPARE define (text) AS SELECT domainflow.define_authorization_model('default', $1);
SELECT is(domainflow.define_authorization_model('default', $$model
  schema 1.1
# a comment
type user   # another one
type group
  relations
    define member: [user, user:*, group#member]
type document
  relations
    define parent: [folder]
    define owner: [user]
    define blocked: [user, group#member]
    define editor: ([user] or owner) but not blocked
    define viewer: editor or viewer from parent or (owner and editor)
type folder
  relations
    define viewer: [user, group#member]
$$), 1, 'the first revision is 1');
SELECT is((SELECT array_agg(concat_ws('#', object_type, relation) ORDER BY node) FROM domainflow.authz_node),
          '{user,group,group#member,document,document#parent,document#owner,document#blocked,document#editor,document#viewer,folder,folder#viewer}'::text[],
          'types and relations in the order of the text');
SELECT is(domainflow.define_authorization_model('default', (SELECT source FROM domainflow.authz_revision)), 1, 'the same text changes nothing');
SELECT is((SELECT count(*) FROM domainflow.authz_revision), 1::bigint, 'and adds no revision');
SELECT is(domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype group\nrelations\ndefine member: [user]'), 2,
          'a text that differs is the next revision');
SELECT is(domainflow.define_authorization_model('other', E'model\nschema 1.1\ntype user'), 1, 'models count for themselves');
SELECT is((SELECT count(*) FROM domainflow.audit_log WHERE action = 'define_authorization_model'), 3::bigint, 'each change is logged');

-- What the language does not have: line and column stand in the message.
CREATE FUNCTION pg_temp.refused(p_body text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM domainflow.define_authorization_model('wrong', E'model\n  schema 1.1\ntype user\ntype doc\n  relations\n' || p_body);
    RETURN 'accepted';
EXCEPTION WHEN SQLSTATE 'DF201' THEN
    RETURN substring(SQLERRM FROM 'line [0-9]+, column [0-9]+: .*');
END $$;
SELECT is(pg_temp.refused('    define a: [user] or b and c'), 'line 6, column 27: "and" after "or" without parentheses', 'operators are not mixed');
SELECT is(pg_temp.refused('    define a: [user] but b'), 'line 6, column 26: "not" expected after "but"', 'but needs not');
SELECT is(pg_temp.refused('    define a: ([user] or b'), 'line 6, column 27: ")" expected, to close the "(" before', 'parentheses are closed');
SELECT is(pg_temp.refused('    define a: [user, ]'), 'line 6, column 22: a type expected, found "]"', 'lists have no gaps');
SELECT is(pg_temp.refused('    define a: [user:x]'), 'line 6, column 21: "*" expected after ":"', 'only wildcards follow a colon');
SELECT is(pg_temp.refused('    define a: [user with night]'), 'line 6, column 21: conditions are not part of a model here', 'conditions are policies');
SELECT is(pg_temp.refused('    define a: [user] ! b'), 'line 6, column 22: unexpected character ''!''', 'unknown signs');
SELECT is(pg_temp.refused('    define a [user]'), 'line 6, column 14: ":" expected', 'a colon follows the name');
SELECT is(pg_temp.refused('    define a: '), 'line 6, column 15: a relation, "[" or "(" expected, and the model ends here', 'an expression follows');
SELECT is(pg_temp.refused(E'    define a: [user]\n    define a: [user]'), 'line 7, column 5: doc#a is defined twice', 'a name is defined once');
SELECT is(pg_temp.refused('    define a: [team]'), 'line 6, column 15: there is no type team', 'types exist');
SELECT is(pg_temp.refused('    define a: [user#x]'), 'line 6, column 15: type user has no relation x', 'relations of types exist');
SELECT is(pg_temp.refused('    define a: b'), 'line 6, column 15: type doc has no relation b', 'relations exist');
SELECT is(pg_temp.refused(E'    define a: [user]\n    define b: a from up'), 'line 7, column 15: type doc has no relation up', 'what is taken from exists');
SELECT is(pg_temp.refused(E'    define up: [user]\n    define b: x from up'), 'line 7, column 15: no type of up has a relation x', 'somebody has it');
SELECT is(pg_temp.refused(E'    define a: [user]\n    define up: [doc] or a\n    define b: a from up'),
          'line 8, column 15: up is not a list of types, so nothing can be taken from it', 'it is a list of types');
SELECT is(pg_temp.refused(E'    define a: b\n    define b: a'), 'line 6, column 5: nobody can ever have doc#a', 'what only leads to itself');
SELECT is(pg_temp.refused(E'condition c(x: int) { x > 1 }'), 'line 6, column 1: conditions are not part of a model here', 'conditions at the end');
SELECT is(pg_temp.refused(repeat('(', 60)), 'line 6, column 1: "type" or "define" expected, found "("', 'nothing else');
SELECT is(pg_temp.refused('    define a: ' || repeat('(', 60) || '[user]' || repeat(')', 60)), 'line 6, column 66: parentheses more than 50 deep',
          'parentheses have a limit');
SELECT throws_ok($$SELECT domainflow.define_authorization_model('', 'x')$$, 'DF202', NULL, 'a name is needed');
SELECT throws_ok($$SELECT domainflow.define_authorization_model('x', repeat('x', 262145))$$, 'DF204', NULL, 'a text has a limit');
SELECT throws_ok($$SELECT domainflow.define_authorization_model('x', 'y', 'drop')$$, 'DF201', NULL, 'orphans are refused or ignored');
SELECT throws_ok($$UPDATE domainflow.authz_revision SET source = ''$$, 'DF705', NULL, 'revisions are never changed');
SELECT * FROM finish();
ROLLBACK;
