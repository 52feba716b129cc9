-- Indexes without a single scan since the statistics began, on tables of p_min_table_bytes and more.
--
-- Says nothing while the statistics are younger than p_min_age: a monthly report has not run yet. Never about an index that
-- is there for another reason: unique, constraint, exclusion, replica identity, clustering, support of a foreign key, the one kept in
-- the place of a duplicate, or part of a partitioned index. Standbys count their own scans, so with one attached it is a question
-- to ask there first.
CREATE OR REPLACE FUNCTION domainflow._advise_unused_indexes(
    p_min_table_bytes bigint,
    p_min_age interval,
    p_since timestamp with time zone,
    p_since_known boolean
)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'unused_index', x.name,
           CASE WHEN b.standbys > 0 THEN 'low' WHEN x.bytes >= 10 * p_min_table_bytes THEN 'high' ELSE 'medium' END,
           jsonb_build_object(
               'table', t.name, 'definition', pg_get_indexdef(x.index), 'index_bytes', x.bytes, 'idx_scan', x.scans,
               'statistics_since', p_since, 'statistics_since_is_server_start', NOT p_since_known, 'standbys', b.standbys),
           format('No scan of it since %s; %s%s', to_char(p_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
                  pg_size_pretty(x.bytes),
                  CASE WHEN b.standbys > 0
                       THEN format('. %s standbys are attached: look at pg_stat_user_indexes there first', b.standbys) ELSE '' END),
           format('DROP INDEX %s%s;', CASE WHEN x.relkind = 'I' THEN '' ELSE 'CONCURRENTLY ' END, x.name)
      FROM domainflow._user_indexes() AS x
      JOIN domainflow._user_tables() AS t ON t.relation = x.relation
      JOIN pg_index AS i ON i.indexrelid = x.index
      JOIN pg_class AS c ON c.oid = x.index
     CROSS JOIN (SELECT count(*) AS standbys FROM pg_stat_replication) AS b
     WHERE x.scans = 0
       AND t.bytes >= p_min_table_bytes
       AND clock_timestamp() - p_since >= p_min_age
       AND i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident AND NOT i.indisclustered
       AND NOT c.relispartition
       AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = x.index)
       AND NOT EXISTS (SELECT FROM domainflow._foreign_key_indexes() AS f WHERE f.index = x.index)
       AND NOT EXISTS (SELECT FROM domainflow._redundant_indexes() AS r WHERE r.kept = x.index)
$$;

COMMENT ON FUNCTION domainflow._advise_unused_indexes IS 'Advice on indexes without a scan.';
REVOKE ALL ON FUNCTION domainflow._advise_unused_indexes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_unused_indexes TO domainflow_reader;
