-- seal_audit: each decision once, in whole transactions, with others' snapshots, with rows that resist, and after a restore elsewhere.
BEGIN ISOLATION LEVEL READ COMMITTED;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(41);
-- Transaction ids pass while this test's own transaction goes on: an aborted subtransaction uses one up.
CREATE FUNCTION pg_temp.burn() RETURNS xid8 LANGUAGE plpgsql AS $$
DECLARE
    v_last xid8;
BEGIN
    BEGIN
        CREATE TEMPORARY TABLE burnt ();
        RAISE EXCEPTION USING ERRCODE = 'TEST0';
    EXCEPTION WHEN SQLSTATE 'TEST0' THEN NULL;
    END;
    RETURN (pg_snapshot_xmax(pg_current_snapshot())::text::numeric - 1)::text::xid8;
END
$$;
CREATE FUNCTION pg_temp.decide(p_transaction xid8, p_id uuid DEFAULT gen_random_uuid(), p_user text DEFAULT 'ada') RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, action, decision, policies, context, request_context, transaction_id, effective_role, application_name)
    VALUES (p_id, clock_timestamp(), p_user, 'document', 'read', 'allow', '{}', '{}', '{}', p_transaction, 'someone', 'test') RETURNING id
$$;
CREATE FUNCTION pg_temp.unsealed() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM domainflow.audit_log AS a WHERE NOT EXISTS (SELECT FROM domainflow.audit_leaf AS l WHERE l.id = a.id)
$$;

-- The first call takes over what is there.
SELECT count(pg_temp.decide('999999999')) FROM generate_series(1, 5);
SELECT is(domainflow.seal_audit(3), 3::bigint, 'three of what is there, with ids from elsewhere');
SELECT results_eq('SELECT h.number, h.size, h.adopted_to IS NULL FROM domainflow.audit_head AS h', 'VALUES (1::bigint, 3::bigint, false)', 'a head that is not done');
SELECT is(domainflow.seal_audit(3), 2::bigint, 'the rest');
SELECT is((SELECT h.adopted_to FROM domainflow.audit_head AS h ORDER BY h.number DESC LIMIT 1), NULL, 'and now it is');
SELECT is(domainflow.seal_audit(), 0::bigint, 'nothing is new');
SELECT is((SELECT count(*) FROM domainflow.audit_head), 2::bigint, 'so there is no new head');
SELECT domainflow.log_authorization_decision('ada', 'document', '7', 'read', 'allow') IS NOT NULL;
SELECT pg_temp.burn() IS NOT NULL;
SELECT is(domainflow.seal_audit(), 0::bigint, 'what this transaction writes waits for its end');
SELECT is(pg_temp.unsealed(), 1::bigint, 'which a snapshot of PostgreSQL does not say');
SELECT ok(NOT pg_visible_in_snapshot(pg_current_xact_id(), domainflow._running_snapshot()), 'it counts as running');

-- Windows.
SELECT pg_temp.burn() AS one \gset
SELECT pg_temp.burn() AS two \gset
SELECT pg_temp.decide(:'two') AS second \gset
SELECT is(domainflow.seal_audit(), 1::bigint, 'of a transaction that ended');
SELECT pg_temp.decide(:'one') AS late \gset
SELECT is(domainflow.seal_audit(), 0::bigint, 'what appears under an older transaction is never taken');
SELECT is((SELECT count(*) FROM domainflow.audit_leaf AS l WHERE l.id = :'late'), 0::bigint, 'but stays visible as not sealed');
-- As if that transaction had been running at the last head.
ALTER TABLE domainflow.audit_head DISABLE TRIGGER audit_head_no_change;
UPDATE domainflow.audit_head AS h SET snapshot = format('%s:%s:%s', :'one', pg_snapshot_xmax(h.snapshot), :'one')::pg_snapshot
 WHERE h.number = (SELECT max(m.number) FROM domainflow.audit_head AS m);
ALTER TABLE domainflow.audit_head ENABLE ALWAYS TRIGGER audit_head_no_change;
SELECT is(domainflow.seal_audit(), 1::bigint, 'a transaction that was running at the last head');
SELECT is((SELECT l.leaf_index FROM domainflow.audit_leaf AS l WHERE l.id = :'late'), 6::bigint, 'comes after what was sealed before it');

-- Whole transactions, cut where the batch is full.
SELECT pg_temp.burn() AS a \gset
SELECT pg_temp.burn() AS b \gset
SELECT pg_temp.burn() AS c \gset
SELECT count(pg_temp.decide(t.id::xid8)) FROM (VALUES (:'a'), (:'b'), (:'c'), (:'c'), (:'b'), (:'a'), (:'b')) AS t (id);
SELECT is(domainflow.seal_audit(3), 5::bigint, 'two of the first and all three of the second');
SELECT is(domainflow.seal_audit(3), 2::bigint, 'then the third');
SELECT is(domainflow.seal_audit(3), 0::bigint, 'and no more');
SELECT results_eq('SELECT array_agg(l.leaf_index ORDER BY l.leaf_index) FROM domainflow.audit_leaf AS l',
                  'SELECT array_agg(g) FROM generate_series(0, (SELECT max(h.size) FROM domainflow.audit_head AS h) - 1) AS g', 'leaves without gaps');
SELECT is_empty($$SELECT h.number FROM domainflow.audit_head AS h WHERE h.root <> domainflow._merkle_hash(0, h.size)$$, 'each head has the root of its leaves');

-- A row that resists.
CREATE TEMPORARY TABLE kept AS SELECT p.prosrc, pg_get_functiondef(p.oid) AS definition FROM pg_proc AS p WHERE p.oid = 'domainflow._audit_row_hash(domainflow.audit_log, smallint)'::regprocedure;
CREATE OR REPLACE FUNCTION domainflow._audit_row_hash(p_row domainflow.audit_log, p_version smallint) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_row.user_id = 'unreadable' OR (p_row.user_id = 'no UTF-8' AND p_version = 1) THEN
        RAISE EXCEPTION USING ERRCODE = 'XX001';
    END IF;
    RETURN sha256(uuid_send(p_row.id) || int2send(p_version));
END
$$;
SELECT pg_temp.burn() AS d \gset
SELECT pg_temp.decide(:'d', p_user => u.name) FROM (VALUES ('ada'), ('unreadable'), ('no UTF-8'), ('ben')) AS u (name);
SELECT is(domainflow.seal_audit(), 4::bigint, 'rows that cannot be hashed stop no others');
SELECT results_eq($$SELECT a.user_id, l.version::integer FROM domainflow.audit_leaf AS l JOIN domainflow.audit_log AS a ON a.id = l.id
                     WHERE l.leaf_index >= (SELECT max(h.size) - 4 FROM domainflow.audit_head AS h) ORDER BY a.user_id COLLATE "C"$$,
                  $$SELECT u.name, CASE WHEN u.name = 'unreadable' THEN 0 WHEN u.name = 'no UTF-8' OR getdatabaseencoding() = 'SQL_ASCII' THEN 2 ELSE 1 END
                      FROM (VALUES ('ada'), ('ben'), ('no UTF-8'), ('unreadable')) AS u (name)$$, 'and are sealed as far as they can be');
DO $$ BEGIN EXECUTE (SELECT k.definition FROM kept AS k); END $$;

-- An id that is there twice, as only somebody can make it who may write the table.
SELECT pg_temp.burn() AS g \gset
SELECT pg_temp.decide(:'g', l.id), pg_temp.decide(:'g') FROM domainflow.audit_leaf AS l WHERE l.leaf_index = 0;
SELECT is(domainflow.seal_audit(), 1::bigint, 'a second row of an id stops no others');
ALTER TABLE domainflow.audit_log DISABLE TRIGGER audit_log_no_change;
DELETE FROM domainflow.audit_log AS a USING domainflow.audit_leaf AS l WHERE l.leaf_index = 0 AND a.id = l.id AND a.decided_at <> l.decided_at;
ALTER TABLE domainflow.audit_log ENABLE ALWAYS TRIGGER audit_log_no_change;

-- A dump that was restored into a cluster with lower transaction ids.
ALTER TABLE domainflow.audit_head DISABLE TRIGGER audit_head_no_change;
UPDATE domainflow.audit_head AS h SET system = '1/1', snapshot = '888888888:888888888:';
ALTER TABLE domainflow.audit_head ENABLE ALWAYS TRIGGER audit_head_no_change;
SELECT count(pg_temp.decide(x.id::xid8)) FROM (VALUES ('777777777'), ('5')) AS x (id);
SELECT is(domainflow.seal_audit(), 3::bigint, 'what was not sealed before the dump, this transaction''s own row among it');
SELECT is(pg_temp.unsealed(), 0::bigint, 'and nothing is left');
SELECT isnt((SELECT h.system FROM domainflow.audit_head AS h ORDER BY h.number DESC LIMIT 1), '1/1', 'by a head of this system');
SELECT pg_temp.burn() AS e \gset
SELECT count(pg_temp.decide(:'e')) FROM generate_series(1, 2);
SELECT is(domainflow.seal_audit(), 2::bigint, 'then it goes on by transactions');
-- The same name, but its snapshots lie ahead.
ALTER TABLE domainflow.audit_head DISABLE TRIGGER audit_head_no_change;
UPDATE domainflow.audit_head AS h SET snapshot = '888888888:888888888:' WHERE h.number = (SELECT max(m.number) FROM domainflow.audit_head AS m);
ALTER TABLE domainflow.audit_head ENABLE ALWAYS TRIGGER audit_head_no_change;
SELECT pg_temp.burn() AS f \gset
SELECT pg_temp.decide(:'f') IS NOT NULL;
SELECT is(domainflow.seal_audit(), 1::bigint, 'a snapshot from the future is not believed');
SELECT is((SELECT count(*) FROM domainflow.audit_leaf), (SELECT max(h.size) FROM domainflow.audit_head AS h), 'every leaf is under the last head');

-- Nothing forks.
SELECT throws_ok($$INSERT INTO domainflow.audit_head (number, size, root, sealed_at, system, snapshot)
                   SELECT h.number, h.size, h.root, h.sealed_at, h.system, h.snapshot FROM domainflow.audit_head AS h$$, '23505', NULL, 'no head has two successors');
SELECT throws_ok($$INSERT INTO domainflow.audit_leaf SELECT l.leaf_index + 1000, l.id, l.decided_at, l.leaf_hash, l.version FROM domainflow.audit_leaf AS l$$, '23505', NULL,
                 'no decision has two leaves');
SELECT throws_ok(format('%s domainflow.%s%s', s.statement, t.name, s.rest), 'DF705', NULL, s.statement || ' ' || t.name)
  FROM (VALUES ('audit_leaf'), ('audit_head')) AS t (name), (VALUES ('DELETE FROM', ''), ('TRUNCATE', '')) AS s (statement, rest);
SELECT throws_ok('UPDATE domainflow.audit_leaf SET leaf_index = leaf_index', 'DF705', NULL, 'UPDATE audit_leaf');

-- Who may.
SELECT throws_ok('SELECT domainflow.seal_audit(0)', 'DF204', NULL, 'no row at all');
SELECT throws_ok('SELECT domainflow.seal_audit(NULL)', 'DF202', NULL, 'null');
SET LOCAL ROLE domainflow_admin;
SELECT lives_ok('SELECT domainflow.seal_audit()', 'an administrator seals');
RESET ROLE;
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT domainflow.seal_audit()', '42501', NULL, 'the application does not');
SELECT throws_ok('SELECT FROM domainflow.audit_leaf', '42501', NULL, 'and does not see the tree');
RESET ROLE;
SELECT is((SELECT array_agg(m.outcome) FROM domainflow.maintain('audit') AS m), '{done}', 'maintain() seals');
SELECT * FROM finish();
ROLLBACK;
