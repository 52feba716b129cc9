-- verify_audit: what was done to the log by somebody who may write its tables, with and without a rebuilt tree.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(37);
SELECT count(domainflow.log_authorization_decision('user-' || g, 'document', g::text, 'read', 'allow', ARRAY['owner'], '{"level": 3}')) FROM generate_series(1, 2500) AS g;
SELECT domainflow.seal_audit(1500), domainflow.seal_audit(1500), domainflow.seal_audit();
SELECT domainflow.log_authorization_decision('late', 'document', '1', 'read', 'allow') AS late \gset
CREATE TEMPORARY TABLE kept AS
SELECT to_jsonb(h) AS head, (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'receipt', domainflow.audit_receipt(a.id))) FROM domainflow.audit_log AS a
                              WHERE a.user_id IN ('late', 'user-77') OR a.id = (SELECT l.id FROM domainflow.audit_leaf AS l WHERE l.leaf_index = 1100)) AS receipts
  FROM domainflow.audit_head() AS h;
CREATE FUNCTION pg_temp.id(p_index bigint) RETURNS uuid LANGUAGE sql AS $$ SELECT l.id FROM domainflow.audit_leaf AS l WHERE l.leaf_index = p_index $$;
-- As a superuser would: triggers off, and if wanted all leaves, nodes and heads made again.
CREATE FUNCTION pg_temp.rebuild() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_size bigint := (SELECT count(*) FROM domainflow.audit_leaf);
BEGIN
    DELETE FROM domainflow.audit_leaf AS l WHERE NOT EXISTS (SELECT FROM domainflow.audit_log AS a WHERE a.id OPERATOR(pg_catalog.=) l.id);
    CREATE TEMPORARY TABLE again AS SELECT l.id, l.decided_at, row_number() OVER (ORDER BY l.leaf_index) - 1 AS leaf_index FROM domainflow.audit_leaf AS l;
    INSERT INTO again SELECT a.id, a.decided_at, (SELECT count(*) FROM again) + row_number() OVER () - 1 FROM domainflow.audit_log AS a
     WHERE a.user_id <> 'late' AND NOT EXISTS (SELECT FROM again AS g WHERE g.id OPERATOR(pg_catalog.=) a.id);
    DELETE FROM domainflow.audit_leaf;
    INSERT INTO domainflow.audit_leaf
    SELECT g.leaf_index, g.id, g.decided_at, domainflow._audit_leaf_hash(g.leaf_index, domainflow._audit_row_hash(a, 1::smallint)), 1
      FROM again AS g JOIN domainflow.audit_log AS a ON a.id OPERATOR(pg_catalog.=) g.id;
    DELETE FROM domainflow.audit_node;
    PERFORM domainflow._add_merkle_nodes(0, (SELECT count(*) FROM domainflow.audit_leaf));
    UPDATE domainflow.audit_head AS h SET size = s.size, root = domainflow._merkle_hash(0, s.size) FROM (SELECT count(*) AS size FROM domainflow.audit_leaf) AS s
     WHERE h.number = (SELECT max(m.number) FROM domainflow.audit_head AS m);
    DROP TABLE again;
END
$$;
CREATE FUNCTION pg_temp.verdict(p_tampering text, p_rebuild boolean DEFAULT false, p_head boolean DEFAULT true, p_receipts boolean DEFAULT false)
RETURNS TABLE (outcome text, leaf_index bigint, id uuid, block bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v record;
    v_trigger record;
BEGIN
    BEGIN
        FOR v_trigger IN SELECT t.tgrelid::regclass AS relation FROM pg_trigger AS t WHERE t.tgfoid = 'domainflow._refuse_change()'::regprocedure AND t.tgparentid = 0 LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', v_trigger.relation);
        END LOOP;
        EXECUTE p_tampering;
        IF p_rebuild THEN
            PERFORM pg_temp.rebuild();
        END IF;
        SELECT f.* INTO v FROM kept AS k, domainflow.verify_audit(CASE WHEN p_head THEN k.head END, CASE WHEN p_receipts THEN k.receipts END) AS f;
        RAISE EXCEPTION USING ERRCODE = 'TEST0';
    EXCEPTION WHEN SQLSTATE 'TEST0' THEN
        RETURN QUERY SELECT v.outcome, v.leaf_index, v.id, v.block;
    END;
END
$$;

SELECT results_eq('SELECT f.outcome, f.id, f.detail, f.size, f.checked, f.unsealed, f.receipts FROM kept AS k, domainflow.verify_audit(k.head, k.receipts) AS f',
                  $$VALUES ('verified', NULL::uuid, NULL, 2500::bigint, 2500::bigint, 1::bigint, 3::bigint)$$, 'what was not touched');
SELECT results_eq('SELECT f.outcome, f.checked FROM domainflow.verify_audit() AS f', $$VALUES ('verified', 2500::bigint)$$, 'without a head');
-- Changed.
SELECT results_eq(format($$SELECT * FROM pg_temp.verdict($t$UPDATE domainflow.audit_log SET %s WHERE id = pg_temp.id(1234)$t$)$$, c.change),
                  $$VALUES ('changed', 1234::bigint, pg_temp.id(1234), 1::bigint)$$, 'changed: ' || c.change)
  FROM (VALUES ('decision = ''deny'''), ('user_id = ''eve'''), ('policies = policies || ''x''::text'), ('context = ''{}'''), ('decided_at = decided_at - interval ''1 us'''),
               ('execution_time_ms = 1'), ('correlation_id = '''''), ('transaction_id = ''5'''), ('session_role = ''eve''')) AS c (change);
SELECT results_eq($$SELECT * FROM pg_temp.verdict('UPDATE domainflow.audit_log SET user_id = ''eve'' WHERE id IN (pg_temp.id(40), pg_temp.id(2000)); DELETE FROM domainflow.audit_log WHERE id = pg_temp.id(7)')$$,
                  $$VALUES ('removed', 7::bigint, pg_temp.id(7), 0::bigint)$$, 'the first of several');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('UPDATE domainflow.audit_leaf SET leaf_hash = sha256('''') WHERE leaf_index = 2400')$$,
                  $$VALUES ('changed', 2400::bigint, pg_temp.id(2400), 2::bigint)$$, 'a leaf that was changed');
-- Removed, inserted, moved, cut off.
SELECT results_eq($$SELECT * FROM pg_temp.verdict('DELETE FROM domainflow.audit_log WHERE id = pg_temp.id(1024)')$$,
                  $$VALUES ('removed', 1024::bigint, pg_temp.id(1024), 1::bigint)$$, 'removed');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('INSERT INTO domainflow.audit_log SELECT ''00000000-0000-4000-8000-000000000001'', a.decided_at, ''eve'', a.resource_type, a.resource_id, a.action,
                      a.decision, a.policies, a.context, a.request_context, a.execution_time_ms, ''5'', a.correlation_id, a.session_role, a.effective_role, a.backend_pid, a.application_name
                      FROM domainflow.audit_log AS a WHERE a.id = pg_temp.id(3)')$$,
                  $$VALUES ('inserted', NULL::bigint, '00000000-0000-4000-8000-000000000001'::uuid, NULL::bigint)$$, 'inserted under an old transaction');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('ALTER TABLE domainflow.audit_log_default DROP CONSTRAINT audit_log_default_pkey; INSERT INTO domainflow.audit_log SELECT a.* FROM domainflow.audit_log AS a WHERE a.id = pg_temp.id(3)')$$,
                  $$VALUES ('inserted', NULL::bigint, pg_temp.id(3), NULL::bigint)$$, 'inserted as a copy');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('UPDATE domainflow.audit_leaf SET leaf_index = CASE leaf_index WHEN 10 THEN -1 ELSE 10 END WHERE leaf_index IN (10, 1500); UPDATE domainflow.audit_leaf SET leaf_index = 1500 WHERE leaf_index = -1')$$,
                  $$VALUES ('moved', 10::bigint, pg_temp.id(1500), 0::bigint)$$, 'moved');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('DELETE FROM domainflow.audit_leaf WHERE leaf_index >= 2450; DELETE FROM domainflow.audit_log AS a WHERE NOT EXISTS (SELECT FROM domainflow.audit_leaf AS l WHERE l.id OPERATOR(pg_catalog.=) a.id)')$$,
                  $$VALUES ('cut off', 2450::bigint, NULL::uuid, 2::bigint)$$, 'cut off, the head left');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('DELETE FROM domainflow.audit_head WHERE number = (SELECT max(number) FROM domainflow.audit_head); DELETE FROM domainflow.audit_leaf WHERE leaf_index >= 1500;
                      DELETE FROM domainflow.audit_log AS a WHERE NOT EXISTS (SELECT FROM domainflow.audit_leaf AS l WHERE l.id OPERATOR(pg_catalog.=) a.id); DELETE FROM domainflow.audit_node WHERE position > 0')$$,
                  $$VALUES ('cut off', 1500::bigint, NULL::uuid, 1::bigint)$$, 'cut off with its heads');
SELECT results_eq($$SELECT outcome FROM pg_temp.verdict('DELETE FROM domainflow.audit_head; DELETE FROM domainflow.audit_leaf; DELETE FROM domainflow.audit_log; DELETE FROM domainflow.audit_node')$$,
                  $$VALUES ('cut off')$$, 'all of it');
-- The tree alone.
SELECT results_eq($$SELECT outcome, block FROM pg_temp.verdict('UPDATE domainflow.audit_node SET hash = sha256('''') WHERE position = 1', p_head => false)$$, $$VALUES ('rebuilt', 1::bigint)$$, 'a node');
SELECT results_eq($$SELECT outcome, block FROM pg_temp.verdict('DELETE FROM domainflow.audit_node WHERE position = 0', p_head => false)$$, $$VALUES ('rebuilt', 0::bigint)$$, 'a node that is gone');
SELECT results_eq($$SELECT outcome, block FROM pg_temp.verdict('UPDATE domainflow.audit_head SET root = sha256('''')', p_head => false)$$, $$VALUES ('rebuilt', 2::bigint)$$, 'a root');
-- With a rebuilt tree only a head that was exported before, and receipts, can tell.
SELECT results_eq($$SELECT outcome FROM pg_temp.verdict('UPDATE domainflow.audit_log SET user_id = ''eve'' WHERE id = pg_temp.id(1100)', true, false)$$, $$VALUES ('verified')$$, 'rebuilt, and nothing to compare with');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('UPDATE domainflow.audit_log SET user_id = ''eve'' WHERE id = pg_temp.id(1100)', true)$$, $$VALUES ('rebuilt', NULL::bigint, NULL::uuid, 1::bigint)$$, 'rebuilt: the block');
SELECT results_eq($$SELECT * FROM pg_temp.verdict('UPDATE domainflow.audit_log SET user_id = ''eve'' WHERE id = pg_temp.id(1100)', true, true, true)$$, $$VALUES ('rebuilt', 1100::bigint, pg_temp.id(1100), 1::bigint)$$, 'rebuilt: the row, by its receipt');
SELECT results_eq($$SELECT outcome, block FROM pg_temp.verdict('DELETE FROM domainflow.audit_log WHERE id = pg_temp.id(600)', true)$$, $$VALUES ('rebuilt', 0::bigint)$$, 'a row removed, and rebuilt');
SELECT results_eq($$SELECT outcome, block FROM pg_temp.verdict('DELETE FROM domainflow.audit_log WHERE id = pg_temp.id(2100)', true)$$, $$VALUES ('cut off', 2::bigint)$$, 'in the last block, which has fewer leaves than it had');
-- Not sealed yet.
SELECT results_eq(format($$SELECT outcome, id FROM pg_temp.verdict('%s FROM domainflow.audit_log WHERE user_id = ''late''', false, true, true)$$, 'DELETE'), format('VALUES (''removed'', %L::uuid)', :'late'), 'removed before it was sealed');
SELECT results_eq($$SELECT outcome, id FROM pg_temp.verdict('UPDATE domainflow.audit_log SET user_id = ''eve'' WHERE user_id = ''late''', false, true, true)$$, format('VALUES (''changed'', %L::uuid)', :'late'), 'changed before it was sealed');
SELECT results_eq($$SELECT outcome, id FROM pg_temp.verdict('UPDATE domainflow.audit_log SET transaction_id = ''5'' WHERE user_id = ''late''', false, true, true)$$, format('VALUES (''changed'', %L::uuid)', :'late'), 'put under an old transaction before it was sealed');
-- Arguments.
SELECT throws_ok(format('SELECT * FROM domainflow.verify_audit(%L, %L)', a.head, a.receipts), 'DF201', NULL, format('head %s, receipts %s', a.head, a.receipts))
  FROM (VALUES ('{}', NULL), ('{"size": -1, "root": ""}', NULL), (NULL, '{}'), (NULL, '[{"id": "x", "receipt": "y"}]')) AS a (head, receipts);
SET LOCAL ROLE domainflow_auditor;
SELECT is((SELECT f.outcome FROM domainflow.verify_audit() AS f), 'verified', 'an auditor verifies');
RESET ROLE;
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT * FROM domainflow.verify_audit()', '42501', NULL, 'the application does not');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
