-- Recorded changes of a table of the last p_hours_back hours for auditors, newest first, at most p_limit of them.
--
-- p_table is written as it was at the time, with its schema; p_key is the whole primary key, as in '{"id": 7}': then
-- also those changes that gave a row this key, or took it away. Null filters match everything. The read is recorded,
-- with p_purpose: see _record_audit_read(). SECURITY DEFINER, because nobody reads the log past this.
-- Proof: Tests/SQL/audit/reads.sql
CREATE OR REPLACE FUNCTION domainflow.get_row_changes(
    p_table text DEFAULT NULL,
    p_key jsonb DEFAULT NULL,
    p_actor text DEFAULT NULL,
    p_correlation_id text DEFAULT NULL,
    p_hours_back double precision DEFAULT 24,
    p_limit integer DEFAULT 100,
    p_purpose text DEFAULT NULL
)
RETURNS SETOF domainflow.row_change
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_since timestamp with time zone;
    v_name text[];
BEGIN
    BEGIN
        v_name := parse_ident(p_table);
    EXCEPTION
        -- Its message would show the text as it is.
        WHEN invalid_parameter_value THEN
            NULL;
    END;
    IF (p_table IS NOT NULL AND COALESCE(cardinality(v_name), 0) <> 2) OR (p_key IS NOT NULL AND p_table IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'a table is named with its schema, and a key goes with a table',
            DETAIL = format('table: %s, key: %s', quote_nullable(domainflow._shown(p_table)), domainflow._shown(p_key::text)),
            HINT = 'Call it as in get_row_changes(''public.account'', ''{"id": 7}'').';
    END IF;
    PERFORM domainflow._check_audit_window(p_hours_back, p_limit);
    PERFORM domainflow._record_audit_read('get_row_changes', p_purpose, jsonb_build_object(
        'table', p_table, 'key', p_key, 'actor', p_actor, 'correlation_id', p_correlation_id, 'hours_back', p_hours_back::numeric,
        'limit', p_limit));
    -- A value, so that partitions are pruned.
    v_since := now() - p_hours_back * interval '1 hour';
    RETURN QUERY
    SELECT c.*
      FROM domainflow.row_change AS c
     WHERE c.changed_at >= v_since
       AND (v_name IS NULL OR c.schema_name = v_name[1] AND c.table_name = v_name[2])
       AND (p_key IS NULL
            OR c.key_hash = jsonb_hash_extended(p_key, 0) AND c.key = p_key
            OR jsonb_hash_extended(c.new_key, 0) = jsonb_hash_extended(p_key, 0) AND c.new_key = p_key)
       AND (p_actor IS NULL OR c.actor = p_actor)
       AND (p_correlation_id IS NULL OR c.correlation_id = p_correlation_id)
     ORDER BY c.changed_at DESC, c.id DESC
     LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.get_row_changes(text, jsonb, text, text, double precision, integer, text)
IS 'Recorded changes by table, row, actor or correlation id, newest first.';
REVOKE ALL ON FUNCTION domainflow.get_row_changes(text, jsonb, text, text, double precision, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_row_changes(text, jsonb, text, text, double precision, integer, text) TO domainflow_auditor;
