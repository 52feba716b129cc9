-- Indexes that cost writes and space for nothing: duplicate_index (another one serves the same scans) or unused_index (no scan since the
-- statistics began, on tables of p_min_table_bytes and more). An index is in one finding at most, and none that a finding keeps is in
-- another.
--
-- Nothing is called unused while the statistics are younger than p_min_age: a monthly report has not run yet. Nor an index that
-- is there for another reason: unique, constraint, exclusion, replica identity, clustering, support of a foreign key, or kept in
-- the place of a duplicate. Standbys count their own scans, so with one attached it is a question to ask there first.
CREATE OR REPLACE FUNCTION domainflow._advise_indexes(
    p_min_table_bytes bigint,
    p_min_age interval,
    p_since timestamp with time zone,
    p_since_known boolean
)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = 'off'
AS $$
    WITH index AS MATERIALIZED (
        SELECT u.* FROM domainflow._user_indexes() AS u
    ), standby AS (
        SELECT count(*) AS standbys FROM pg_stat_replication
    ), finding AS MATERIALIZED (
        SELECT x.*, t.name AS table_name, t.bytes AS table_bytes, k.name AS kept_name
          FROM index AS x
          JOIN domainflow._user_tables() AS t ON t.relation = x.relation
          LEFT JOIN index AS k ON k.index = x.kept
          LEFT JOIN (SELECT DISTINCT r.kept FROM index AS r) AS d ON d.kept = x.index
         WHERE x.kept IS NOT NULL
            OR (x.scans = 0
                AND NOT x.is_needed
                AND t.bytes >= p_min_table_bytes
                AND p_since <= clock_timestamp() - p_min_age
                AND d.kept IS NULL
                AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = x.index)
                AND EXISTS (SELECT
                              FROM pg_index AS i
                             WHERE i.indexrelid = x.index
                               AND i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident
                               AND NOT i.indisclustered))
    )
    SELECT 'duplicate_index', domainflow._shown(f.name, 400),
           CASE WHEN f.redundancy = 'prefix' THEN 'low' WHEN f.bytes >= p_min_table_bytes THEN 'high' ELSE 'medium' END,
           jsonb_build_object('table', domainflow._shown(f.table_name, 400), 'redundancy', f.redundancy,
                              'kept', domainflow._shown(f.kept_name, 400), 'index_bytes', f.bytes,
                              'definition', domainflow._shown(pg_get_indexdef(f.index), 4000),
                              'kept_definition', domainflow._shown(pg_get_indexdef(f.kept), 4000)),
           domainflow._shown(
               CASE WHEN f.redundancy = 'exact' THEN format('Same columns and predicate as %s.', f.kept_name)
                    ELSE format('Its columns are the first ones of %s, which serves the same scans, if a little slower.', f.kept_name) END,
               1000),
           domainflow._printable_statement(
               CASE WHEN c.conname IS NOT NULL THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', f.table_name, c.conname)
                    WHEN f.relkind = 'I' THEN format('DROP INDEX %s;', f.name)
                    ELSE format('DROP INDEX CONCURRENTLY %s;', f.name) END)
      FROM finding AS f
      LEFT JOIN pg_constraint AS c ON c.conindid = f.index AND c.contype IN ('p', 'u')
     WHERE f.kept IS NOT NULL
    UNION ALL
    SELECT 'unused_index', domainflow._shown(f.name, 400),
           CASE WHEN s.standbys > 0 THEN 'low' WHEN f.bytes >= 10 * p_min_table_bytes THEN 'high' ELSE 'medium' END,
           jsonb_build_object(
               'table', domainflow._shown(f.table_name, 400), 'definition', domainflow._shown(pg_get_indexdef(f.index), 4000),
               'index_bytes', f.bytes, 'idx_scan', f.scans, 'statistics_since', p_since,
               'statistics_since_is_server_start', NOT p_since_known, 'standbys', s.standbys),
           format('No scan of it since %s; %s%s', to_char(p_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
                  pg_size_pretty(f.bytes),
                  CASE WHEN s.standbys > 0
                       THEN format('. %s standbys are attached: look at pg_stat_user_indexes there first', s.standbys) ELSE '' END),
           domainflow._printable_statement(
               format('DROP INDEX %s%s;', CASE WHEN f.relkind = 'I' THEN '' ELSE 'CONCURRENTLY ' END, f.name))
      FROM finding AS f
     CROSS JOIN standby AS s
     WHERE f.kept IS NULL
$$;

COMMENT ON FUNCTION domainflow._advise_indexes IS 'Advice on indexes without a scan and on indexes that another one makes needless.';
REVOKE ALL ON FUNCTION domainflow._advise_indexes FROM PUBLIC;
