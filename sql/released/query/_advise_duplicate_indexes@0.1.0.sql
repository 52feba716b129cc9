-- Indexes that cost writes and space and serve no scan that another index does not serve.
CREATE OR REPLACE FUNCTION domainflow._advise_duplicate_indexes(p_min_table_bytes bigint)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'duplicate_index', x.name,
           CASE WHEN r.redundancy = 'prefix' THEN 'low' WHEN x.bytes >= p_min_table_bytes THEN 'high' ELSE 'medium' END,
           jsonb_build_object('table', t.name, 'redundancy', r.redundancy, 'kept', k.name, 'definition',
                              pg_get_indexdef(r.redundant), 'kept_definition', pg_get_indexdef(r.kept), 'index_bytes', x.bytes),
           CASE WHEN r.redundancy = 'exact' THEN format('Same columns and predicate as %s.', k.name)
                ELSE format('Its columns are the first ones of %s, which serves the same scans, if a little slower.', k.name) END,
           CASE WHEN c.conname IS NOT NULL THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', t.name, c.conname)
                WHEN x.relkind = 'I' THEN format('DROP INDEX %s;', x.name)
                ELSE format('DROP INDEX CONCURRENTLY %s;', x.name) END
      FROM domainflow._redundant_indexes() AS r
      JOIN domainflow._user_indexes() AS x ON x.index = r.redundant
      JOIN domainflow._user_indexes() AS k ON k.index = r.kept
      JOIN domainflow._user_tables() AS t ON t.relation = x.relation
      LEFT JOIN pg_constraint AS c ON c.conindid = r.redundant AND c.contype IN ('p', 'u')
$$;

COMMENT ON FUNCTION domainflow._advise_duplicate_indexes(bigint) IS 'Advice on indexes that another index makes needless.';
REVOKE ALL ON FUNCTION domainflow._advise_duplicate_indexes(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_duplicate_indexes(bigint) TO domainflow_reader;
