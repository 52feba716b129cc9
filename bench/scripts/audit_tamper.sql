-- What a superuser can do to the log once its triggers are off: one kind of tampering at a position, and a rebuild of the whole tree.
CREATE SCHEMA tamper;
CREATE FUNCTION tamper.disarm() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT t.tgrelid::regclass AS relation FROM pg_trigger AS t WHERE t.tgfoid = 'domainflow._refuse_change()'::regprocedure AND t.tgparentid = 0 ORDER BY t.tgrelid LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', v.relation);
    END LOOP;
END
$$;

-- Answers the id that a verdict has to name.
CREATE FUNCTION tamper.change(p_id uuid, p_column text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE domainflow.audit_log SET %I = %s WHERE id = $1', p_column, CASE p_column
                       WHEN 'decision' THEN 'CASE decision WHEN ''allow'' THEN ''deny'' ELSE ''allow'' END' WHEN 'decided_at' THEN 'decided_at - interval ''1 us'''
                       WHEN 'policies' THEN 'policies || ''x''::text' WHEN 'context' THEN 'context || ''{"x": 1}''' WHEN 'request_context' THEN 'request_context || ''{"x": 1}'''
                       WHEN 'execution_time_ms' THEN 'COALESCE(execution_time_ms, 0) + 0.001' WHEN 'transaction_id' THEN '''4'''
                       WHEN 'backend_pid' THEN 'backend_pid + 1' ELSE format('COALESCE(%I, '''') || ''x''', p_column) END) USING p_id;
    RETURN p_id;
END
$$;
CREATE FUNCTION tamper.remove(p_id uuid) RETURNS uuid LANGUAGE sql AS $$ DELETE FROM domainflow.audit_log WHERE id = p_id RETURNING id $$;
CREATE FUNCTION tamper.insert(p_like uuid) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO domainflow.audit_log
    SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'user_id', 'eve'))).* FROM domainflow.audit_log AS a WHERE a.id = p_like RETURNING id
$$;
CREATE FUNCTION tamper.swap(p_one bigint, p_other bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE domainflow.audit_leaf SET leaf_index = -1 WHERE leaf_index = p_one;
    UPDATE domainflow.audit_leaf SET leaf_index = p_one WHERE leaf_index = p_other;
    UPDATE domainflow.audit_leaf SET leaf_index = p_other WHERE leaf_index = -1;
END
$$;
CREATE FUNCTION tamper.leaf(p_at bigint) RETURNS void LANGUAGE sql AS $$ UPDATE domainflow.audit_leaf SET leaf_hash = sha256(leaf_hash) WHERE leaf_index = p_at $$;
CREATE FUNCTION tamper.cut(p_size bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM domainflow.audit_log AS a USING domainflow.audit_leaf AS l WHERE l.id = a.id AND l.leaf_index >= p_size;
    DELETE FROM domainflow.audit_leaf WHERE leaf_index >= p_size;
$$;

-- Leaves in their order, with those that lost their row left out, and a row without a leaf before p_at; then all that is computed from them.
CREATE FUNCTION tamper.rebuild(p_inserted uuid, p_at bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMPORARY TABLE again ON COMMIT DROP AS
    SELECT o.id, row_number() OVER (ORDER BY o.place) - 1 AS leaf_index
      FROM (SELECT l.id, l.leaf_index::numeric AS place FROM domainflow.audit_leaf AS l UNION ALL SELECT p_inserted, p_at - 0.5 WHERE p_inserted IS NOT NULL) AS o
      JOIN domainflow.audit_log AS a ON a.id = o.id;
    DELETE FROM domainflow.audit_leaf;
    INSERT INTO domainflow.audit_leaf
    SELECT g.leaf_index, g.id, a.decided_at, domainflow._audit_leaf_hash(g.leaf_index, domainflow._audit_row_hash(a, 1::smallint)), 1
      FROM again AS g JOIN domainflow.audit_log AS a ON a.id = g.id;
    DELETE FROM domainflow.audit_node;
    PERFORM domainflow._add_merkle_nodes(0, (SELECT count(*) FROM domainflow.audit_leaf));
    UPDATE domainflow.audit_head AS h SET size = LEAST(h.size, s.size), root = domainflow._merkle_hash(0, LEAST(h.size, s.size)) FROM (SELECT count(*) AS size FROM again) AS s;
    UPDATE domainflow.audit_head AS h SET size = s.size, root = domainflow._merkle_hash(0, s.size) FROM (SELECT count(*) AS size FROM again) AS s
     WHERE h.number = (SELECT max(m.number) FROM domainflow.audit_head AS m);
END
$$;
