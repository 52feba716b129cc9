-- Recorded statements, the slow ones among them, and advice on indexes.

CREATE TABLE domainflow.query_performance_metrics (
    id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fingerprint text NOT NULL,
    query text NOT NULL,
    duration_ms double precision NOT NULL,
    row_count bigint,
    operation_name text,
    campaign_id uuid,
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    CONSTRAINT query_performance_metrics_duration_ms_check CHECK (duration_ms OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT query_performance_metrics_row_count_check CHECK (row_count OPERATOR(pg_catalog.>=) 0)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.query_performance_metrics
IS 'Statements that a client chose to record, one row per execution. A month per partition.';
COMMENT ON COLUMN domainflow.query_performance_metrics.fingerprint
IS 'Same for statements that differ in literals, white space, comments and letter case only.';
COMMENT ON COLUMN domainflow.query_performance_metrics.query IS 'First 4000 characters of the statement, as it was sent.';
COMMENT ON COLUMN domainflow.query_performance_metrics.duration_ms IS 'Time it took, in milliseconds, as the client saw it.';
COMMENT ON COLUMN domainflow.query_performance_metrics.row_count IS 'Rows returned or affected.';
COMMENT ON COLUMN domainflow.query_performance_metrics.transaction_id
IS 'The transaction that recorded it: joins with decisions, events and metrics.';

-- Key and indexes belong to the partitions, as in audit_log.
CREATE TABLE domainflow.query_performance_metrics_default PARTITION OF domainflow.query_performance_metrics (
    CONSTRAINT query_performance_metrics_default_pkey PRIMARY KEY (recorded_at, id)
) DEFAULT;
COMMENT ON TABLE domainflow.query_performance_metrics_default
IS 'Takes executions of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.query_performance_metrics_default_pkey IS 'Serves get_slow_queries: the executions of the last hours.';

CREATE INDEX query_performance_metrics_default_transaction_id_idx
ON domainflow.query_performance_metrics_default (transaction_id);
COMMENT ON INDEX domainflow.query_performance_metrics_default_transaction_id_idx
IS 'Serves campaign_trail: the slow statements of a transaction.';

GRANT INSERT ON domainflow.query_performance_metrics TO domainflow_app;
GRANT SELECT ON domainflow.query_performance_metrics TO domainflow_reader;

--! begin include functions/query/normalize_query.sql
-- A statement without what changes from one execution to the next: literals and parameters become ?, comments go, white space
-- shrinks, letters become lower case, lists of literals (IN, VALUES) become one ?.
--
-- A lexer, not a parser, so it takes any text: quoted identifiers and strings with quotes, backslashes (E'...') or $$ inside are
-- recognised; strings with a tagged dollar quote ($x$...$x$) and comments nested in comments are not, and differ by content.
-- Null for null.
CREATE OR REPLACE FUNCTION domainflow.normalize_query(p_query text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
STRICT
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- Identifiers in quotes, then strings. Each is matched as a whole, so that quotes and dashes inside mean nothing.
    c_identifier CONSTANT text := '"(?:[^"]|"")*"';
    c_string CONSTANT text := $re$\m[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$\$(?:[^$]|\$[^$])*\$\$$re$;
    c_comment CONSTANT text := '--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/';
    c_number CONSTANT text := '\$\d+|(?:\m\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w)';
    v_query text := p_query;
BEGIN
    v_query := regexp_replace(v_query, '(' || c_identifier || '|' || c_string || ')|' || c_comment, '\1 ', 'g');
    -- An identifier is followed by the white space of the step before, so that "? is one that this step has marked.
    v_query := regexp_replace(v_query, '(' || c_identifier || ')|' || c_string || '|' || c_number, '\1?', 'g');
    v_query := replace(v_query, '"?', '"');
    v_query := lower(regexp_replace(v_query, '\s+', ' ', 'g') COLLATE "C");
    v_query := regexp_replace(v_query, ' ?([][(),;=<>+*/%|-]) ?', '\1', 'g');
    -- The sign of a literal is part of it.
    v_query := regexp_replace(v_query, '([[(,=<>])[-+]\?', '\1?', 'g');
    v_query := regexp_replace(v_query, '\?(?:,\?)+', '?', 'g');
    v_query := regexp_replace(v_query, '\(\?\)(?:,\(\?\))+', '(?)', 'g');
    RETURN btrim(v_query, ' ;');
END
$function$;

COMMENT ON FUNCTION domainflow.normalize_query(text)
IS 'A statement without literals, parameters, comments and needless white space, in lower case.';
REVOKE ALL ON FUNCTION domainflow.normalize_query(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.normalize_query(text) TO domainflow_app, domainflow_reader;
--! end include functions/query/normalize_query.sql
--! begin include functions/query/query_fingerprint.sql
-- Sixteen hexadecimal digits that are the same for statements with the same normalize_query, on every server and version.
--
-- The first 20,000 characters count: bounded work for statements with very long lists.
CREATE OR REPLACE FUNCTION domainflow.query_fingerprint(p_query text)
RETURNS text
LANGUAGE sql
IMMUTABLE
STRICT
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(substr(sha256(convert_to(domainflow.normalize_query(left(p_query, 20000)), 'UTF8')), 1, 8), 'hex')
$$;

COMMENT ON FUNCTION domainflow.query_fingerprint(text)
IS 'Names a statement by its shape: first 8 bytes of the SHA-256 of normalize_query, in hexadecimal.';
REVOKE ALL ON FUNCTION domainflow.query_fingerprint(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.query_fingerprint(text) TO domainflow_app, domainflow_reader;
--! end include functions/query/query_fingerprint.sql
--! begin include functions/query/record_query_performances.sql
-- Batch form of record_query_performance: one element per execution, ids returned in input order.
--
-- All or nothing: a bad element raises with its position and nothing is written. Arrays that are null stand for nulls.
CREATE OR REPLACE FUNCTION domainflow.record_query_performances(
    p_queries text [],
    p_durations_ms double precision [],
    p_rows bigint [] DEFAULT NULL,
    p_operation_names text [] DEFAULT NULL,
    p_campaign_ids uuid [] DEFAULT NULL
)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ids uuid[];
    v_bad record;
BEGIN
    SELECT b.query, b.duration_ms, b.row_count, b.position
      INTO v_bad
      FROM unnest(p_queries, p_durations_ms, p_rows, p_operation_names, p_campaign_ids)
           WITH ORDINALITY AS b (query, duration_ms, row_count, operation_name, campaign_id, position)
     WHERE (btrim(b.query) <> '' AND b.duration_ms >= 0 AND b.duration_ms < 'Infinity' AND COALESCE(b.row_count >= 0, true))
           IS NOT TRUE
     ORDER BY b.position
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN btrim(v_bad.query) <> '' AND v_bad.duration_ms IS NOT NULL THEN 'DF204' ELSE 'DF202' END,
            MESSAGE = 'a recorded statement needs its text, a finite duration of 0 ms or more, and no negative row count',
            DETAIL = format('element %s: query: %s, duration_ms: %s, rows: %s', v_bad.position,
                            COALESCE(quote_literal(left(v_bad.query, 60)), 'null'), COALESCE(v_bad.duration_ms::text, 'null'),
                            COALESCE(v_bad.row_count::text, 'null')),
            HINT = 'Measure with a monotonic clock; in a batch all arrays are of one length.';
    END IF;

    SELECT array_agg(gen_random_uuid())
      INTO v_ids
      FROM generate_subscripts(p_queries, 1);
    INSERT INTO domainflow.query_performance_metrics (
        id, recorded_at, fingerprint, query, duration_ms, row_count, operation_name, campaign_id, correlation_id
    )
    SELECT b.id, clock_timestamp(), domainflow.query_fingerprint(b.query), left(b.query, 4000), b.duration_ms, b.row_count,
           b.operation_name, b.campaign_id, NULLIF(current_setting('domainflow.correlation_id', true), '')
      FROM unnest(v_ids, p_queries, p_durations_ms, p_rows, p_operation_names, p_campaign_ids)
           AS b (id, query, duration_ms, row_count, operation_name, campaign_id);
    RETURN QUERY SELECT i.id FROM unnest(v_ids) WITH ORDINALITY AS i (id, position) ORDER BY i.position;
END
$$;

COMMENT ON FUNCTION domainflow.record_query_performances
IS 'Records many executions of statements at once; returns their ids in input order.';
REVOKE ALL ON FUNCTION domainflow.record_query_performances FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_query_performances TO domainflow_app;
--! end include functions/query/record_query_performances.sql
--! begin include functions/query/record_query_performance.sql
-- Records one execution of a statement and returns the id of its row.
--
-- duration in milliseconds as the caller measured it. The text is kept up to 4,000 characters; it may hold literals, so do
-- not record statements with secrets in them. DF202 without query or duration, DF204 for a negative or infinite number.
CREATE OR REPLACE FUNCTION domainflow.record_query_performance(
    p_query text,
    p_duration_ms double precision,
    p_rows bigint DEFAULT NULL,
    p_operation_name text DEFAULT NULL,
    p_campaign_id uuid DEFAULT NULL
)
RETURNS uuid
LANGUAGE sql
AS $$
    SELECT r.id
      FROM domainflow.record_query_performances(
               ARRAY[p_query], ARRAY[p_duration_ms], ARRAY[p_rows], ARRAY[p_operation_name], ARRAY[p_campaign_id]) AS r (id)
$$;

COMMENT ON FUNCTION domainflow.record_query_performance IS 'Records one execution of a statement; returns its id.';
REVOKE ALL ON FUNCTION domainflow.record_query_performance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_query_performance TO domainflow_app;
--! end include functions/query/record_query_performance.sql
--! begin include functions/query/get_slow_queries.sql
-- Recorded statements of the last p_hours_back hours of which at least one execution took p_threshold_ms or longer, by total
-- time, the greatest first.
--
-- Executions are grouped by fingerprint; calls, total, mean, p95, max (milliseconds) and last_seen cover all recorded executions
-- of the group in the window, the quick ones too. query is the text of the latest one.
CREATE OR REPLACE FUNCTION domainflow.get_slow_queries(
    p_threshold_ms double precision DEFAULT 100,
    p_hours_back double precision DEFAULT 24,
    p_limit integer DEFAULT 20
)
RETURNS TABLE (
    fingerprint text,
    query text,
    calls bigint,
    total_ms double precision,
    mean_ms double precision,
    p95_ms double precision,
    max_ms double precision,
    last_seen timestamp with time zone
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_since timestamp with time zone;
BEGIN
    IF (p_threshold_ms >= 0 AND p_hours_back > 0 AND p_hours_back <= 8760000 AND p_limit >= 1) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'threshold_ms is 0 or more, hours_back above 0 and at most 8760000, limit at least 1',
            DETAIL = format('threshold_ms: %s, hours_back: %s, limit: %s', p_threshold_ms, p_hours_back, p_limit),
            HINT = 'Call it with its defaults for the 20 worst of the last day above 100 ms.';
    END IF;
    v_since := now() - p_hours_back * interval '1 hour';
    RETURN QUERY
    SELECT g.fingerprint, l.query, g.calls, g.total_ms, g.mean_ms, g.p95_ms, g.max_ms, g.last_seen
      FROM (SELECT m.fingerprint, count(*) AS calls, sum(m.duration_ms) AS total_ms, avg(m.duration_ms) AS mean_ms,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY m.duration_ms) AS p95_ms,
                   max(m.duration_ms) AS max_ms, max(m.recorded_at) AS last_seen
              FROM domainflow.query_performance_metrics AS m
             WHERE m.recorded_at >= v_since
             GROUP BY m.fingerprint
            HAVING max(m.duration_ms) >= p_threshold_ms
             ORDER BY sum(m.duration_ms) DESC, m.fingerprint
             LIMIT p_limit) AS g
     CROSS JOIN LATERAL (
           SELECT m.query
             FROM domainflow.query_performance_metrics AS m
            WHERE m.recorded_at = g.last_seen AND m.fingerprint = g.fingerprint
            LIMIT 1) AS l
     ORDER BY g.total_ms DESC, g.fingerprint;
END
$$;

COMMENT ON FUNCTION domainflow.get_slow_queries
IS 'Recorded statements above a threshold, grouped by fingerprint: calls, total, mean, p95, max in ms, last seen.';
REVOKE ALL ON FUNCTION domainflow.get_slow_queries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_slow_queries TO domainflow_reader;
--! end include functions/query/get_slow_queries.sql
--! begin include functions/query/_explain_statement.sql
-- The statement that shows the plan of a recorded query without executing it.
--
-- Safe to paste: never ANALYZE, and only for one whole statement that EXPLAIN takes. Parameters get a generic plan: directly
-- from PostgreSQL 16 on, before by preparing it. For anything else (cut off, several statements, CALL): the recorded executions.
CREATE OR REPLACE FUNCTION domainflow._explain_statement(p_query text, p_fingerprint text)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_query text := rtrim(p_query, E' \t\r\n;');
    v_shape text := domainflow.normalize_query(p_query);
    v_parameters integer;
BEGIN
    IF length(p_query) >= 4000 OR v_shape LIKE '%;%' OR v_shape !~ '^\(*(select|with|insert|update|delete|merge|values)\M' THEN
        RETURN format(
            'SELECT * FROM domainflow.query_performance_metrics WHERE fingerprint = %L ORDER BY duration_ms DESC LIMIT 20;',
            p_fingerprint);
    END IF;
    SELECT max(m.number[1]::integer)
      INTO v_parameters
      FROM regexp_matches(v_query, '\$(\d{1,5})\M', 'g') AS m (number);
    IF v_parameters IS NULL THEN
        RETURN format(E'EXPLAIN (VERBOSE)\n%s\n;', v_query);
    ELSIF current_setting('server_version_num')::integer >= 160000 THEN
        RETURN format(E'EXPLAIN (GENERIC_PLAN, VERBOSE)\n%s\n;', v_query);
    END IF;
    RETURN format(
        E'PREPARE domainflow_advice AS\n%s\n;\nBEGIN;\nSET LOCAL plan_cache_mode = force_generic_plan;\n'
        'EXPLAIN (VERBOSE) EXECUTE domainflow_advice (%s);\nCOMMIT;\nDEALLOCATE domainflow_advice;',
        v_query, rtrim(repeat('NULL, ', v_parameters), ', '));
END
$$;

COMMENT ON FUNCTION domainflow._explain_statement(text, text)
IS 'Statement that shows the plan of a recorded query without executing it.';
REVOKE ALL ON FUNCTION domainflow._explain_statement(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._explain_statement(text, text) TO domainflow_reader;
--! end include functions/query/_explain_statement.sql
--! begin include functions/query/_user_tables.sql
-- The tables that advice is about, with size in bytes and estimated rows over all partitions, and their scan counters.
--
-- Without system schemas, temporary tables and the partitions that DomainFlow makes and drops itself. A partitioned table and
-- its partitions are both there. Rows come from the statistics collector or from ANALYZE, whichever knows of more.
CREATE OR REPLACE FUNCTION domainflow._user_tables()
RETURNS TABLE (
    relation oid,
    name text,
    is_partitioned boolean,
    bytes bigint,
    estimated_rows bigint,
    seq_scan bigint,
    seq_tup_read bigint,
    idx_scan bigint,
    idx_tup_fetch bigint
)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind = 'p', t.bytes, t.estimated_rows,
           COALESCE(s.seq_scan, 0), COALESCE(s.seq_tup_read, 0), COALESCE(s.idx_scan, 0), COALESCE(s.idx_tup_fetch, 0)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(pg_relation_size(l.relid)), 0)::bigint AS bytes,
                  COALESCE(sum(GREATEST(lc.reltuples::bigint, ls.n_live_tup, 0)), 0)::bigint AS estimated_rows
             FROM (SELECT c.oid AS relid WHERE c.relkind = 'r'
                   UNION ALL
                   SELECT p.relid::oid FROM pg_partition_tree(c.oid) AS p WHERE c.relkind = 'p' AND p.isleaf) AS l
             JOIN pg_class AS lc ON lc.oid = l.relid
             LEFT JOIN pg_stat_user_tables AS ls ON ls.relid = l.relid) AS t
     WHERE c.relkind IN ('r', 'p')
       AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema'
       AND n.nspname NOT LIKE 'pg\_%'
       AND NOT (n.nspname = 'domainflow' AND c.relispartition)
$$;

COMMENT ON FUNCTION domainflow._user_tables() IS 'Tables that advice is about: size, estimated rows, scans.';
REVOKE ALL ON FUNCTION domainflow._user_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._user_tables() TO domainflow_reader;
--! end include functions/query/_user_tables.sql
--! begin include functions/query/_user_indexes.sql
-- The indexes of the tables that advice is about, with size in bytes and number of scans over all partitions.
CREATE OR REPLACE FUNCTION domainflow._user_indexes()
RETURNS TABLE (index oid, relation oid, name text, relkind "char", bytes bigint, scans bigint)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT x.oid, i.indrelid, format('%I.%I', n.nspname, x.relname), x.relkind, l.bytes, l.scans
      FROM domainflow._user_tables() AS t
      JOIN pg_index AS i ON i.indrelid = t.relation
      JOIN pg_class AS x ON x.oid = i.indexrelid
      JOIN pg_namespace AS n ON n.oid = x.relnamespace
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(pg_relation_size(p.relid)), 0)::bigint AS bytes, COALESCE(sum(s.idx_scan), 0)::bigint AS scans
             FROM (SELECT x.oid AS relid WHERE x.relkind = 'i'
                   UNION ALL
                   SELECT q.relid::oid FROM pg_partition_tree(x.oid) AS q WHERE x.relkind = 'I' AND q.isleaf) AS p
             LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = p.relid) AS l
$$;

COMMENT ON FUNCTION domainflow._user_indexes() IS 'Indexes that advice is about: size and scans.';
REVOKE ALL ON FUNCTION domainflow._user_indexes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._user_indexes() TO domainflow_reader;
--! end include functions/query/_user_indexes.sql
--! begin include functions/query/_foreign_key_indexes.sql
-- Every foreign key of the tables that advice is about, once for each index that can find its referencing rows; once with a
-- null index when there is none.
--
-- Such an index is valid, has no predicate, is a B-tree, and the key's columns are its first ones, in any order. A hash index
-- serves a single column.
CREATE OR REPLACE FUNCTION domainflow._foreign_key_indexes()
RETURNS TABLE (foreign_key oid, relation oid, index oid)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT k.oid, k.conrelid, i.indexrelid
      FROM domainflow._user_tables() AS t
      JOIN pg_constraint AS k ON k.conrelid = t.relation
      LEFT JOIN (pg_index AS i
                 JOIN pg_class AS x ON x.oid = i.indexrelid
                 JOIN pg_am AS m ON m.oid = x.relam)
        ON i.indrelid = k.conrelid
       AND i.indisvalid AND i.indpred IS NULL
       AND (m.amname = 'btree' OR (m.amname = 'hash' AND cardinality(k.conkey) = 1))
       AND i.indnkeyatts >= cardinality(k.conkey)
       AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
     WHERE k.contype = 'f'
       -- The partitions of a partitioned table have copies of its keys; they follow from the parent's.
       AND k.conparentid = 0
$$;

COMMENT ON FUNCTION domainflow._foreign_key_indexes() IS 'Foreign keys and the indexes that serve them on the referencing side.';
REVOKE ALL ON FUNCTION domainflow._foreign_key_indexes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._foreign_key_indexes() TO domainflow_reader;
--! end include functions/query/_foreign_key_indexes.sql
--! begin include functions/query/_redundant_indexes.sql
-- Indexes that another index of the same table makes needless: pairs of the one to drop and the one to keep.
--
-- exact: same columns, expressions, operator classes, collations, order, INCLUDE columns and predicate. Kept is the primary key,
-- then what a foreign key refers to, a constraint, the replica identity, a unique one, the older.
-- prefix: a B-tree that is not unique, whose columns begin another one's. Never to be dropped: what enforces something that the
-- kept one does not, a primary key, what a foreign key refers to, a part of a partitioned index, the replica identity.
CREATE OR REPLACE FUNCTION domainflow._redundant_indexes()
RETURNS TABLE (redundant oid, kept oid, redundancy text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH candidate AS MATERIALIZED (
        SELECT i.indexrelid, i.indrelid, i.indnkeyatts, i.indnatts, i.indisprimary, i.indisunique, i.indimmediate, i.indisreplident,
               x.relam, x.relispartition, m.amname = 'btree' AS is_btree,
               COALESCE(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') AS nulls_not_distinct,
               pg_get_expr(i.indpred, i.indrelid) AS predicate,
               -- One element a column, with all that decides which scans it serves.
               (SELECT array_agg(format('%s %s %s %s', pg_get_indexdef(i.indexrelid, k.n, true), i.indclass[k.n - 1],
                                        i.indcollation[k.n - 1], i.indoption[k.n - 1]) ORDER BY k.n)
                  FROM generate_series(1, i.indnatts) AS k (n)) AS columns,
               EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
                   AS has_constraint,
               EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype = 'f') AS is_referenced
          FROM domainflow._user_tables() AS t
          JOIN pg_index AS i ON i.indrelid = t.relation
          JOIN pg_class AS x ON x.oid = i.indexrelid
          JOIN pg_am AS m ON m.oid = x.relam
         WHERE i.indisvalid AND NOT i.indisexclusion
    )
    SELECT DISTINCT ON (d.indexrelid)
           d.indexrelid, k.indexrelid, CASE WHEN d.columns = k.columns THEN 'exact' ELSE 'prefix' END
      FROM candidate AS d
      JOIN candidate AS k
        ON k.indrelid = d.indrelid AND k.indexrelid <> d.indexrelid AND k.relam = d.relam
       AND k.predicate IS NOT DISTINCT FROM d.predicate
     WHERE NOT d.indisprimary AND NOT d.is_referenced AND NOT d.indisreplident AND NOT d.relispartition
       AND (NOT d.indisunique
            OR (k.indisunique AND k.indimmediate AND k.nulls_not_distinct = d.nulls_not_distinct))
       AND ((d.columns = k.columns AND d.indnkeyatts = k.indnkeyatts
             AND (k.indisprimary, k.is_referenced, k.has_constraint, k.indisreplident, k.indisunique, -k.indexrelid::bigint)
               > (d.indisprimary, d.is_referenced, d.has_constraint, d.indisreplident, d.indisunique, -d.indexrelid::bigint))
            OR (d.is_btree AND NOT d.indisunique AND d.indnatts = d.indnkeyatts AND d.indnkeyatts < k.indnkeyatts
                AND d.columns = k.columns[1:d.indnkeyatts]))
     ORDER BY d.indexrelid, d.columns = k.columns DESC, k.indisprimary DESC, k.is_referenced DESC, k.has_constraint DESC,
              k.indisreplident DESC, k.indisunique DESC, k.indnatts, k.indexrelid
$$;

COMMENT ON FUNCTION domainflow._redundant_indexes() IS 'Indexes that another index makes needless, with the one to keep.';
REVOKE ALL ON FUNCTION domainflow._redundant_indexes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._redundant_indexes() TO domainflow_reader;
--! end include functions/query/_redundant_indexes.sql
--! begin include functions/query/_advise_sequential_scans.sql
-- Large tables that are read mostly by scanning them from end to end.
--
-- At least 10 scans, and ten times as many rows read by them as fetched through indexes. The counters do not say which
-- statements did it, so the statement to run lists the recorded ones that name the table; their WHERE clauses name the index.
CREATE OR REPLACE FUNCTION domainflow._advise_sequential_scans(p_min_table_bytes bigint, p_since timestamp with time zone)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'sequential_scan', t.name,
           CASE WHEN t.bytes >= 100 * p_min_table_bytes THEN 'high' WHEN t.bytes >= 10 * p_min_table_bytes THEN 'medium'
                ELSE 'low' END,
           jsonb_build_object(
               'seq_scan', t.seq_scan, 'seq_tup_read', t.seq_tup_read, 'idx_scan', t.idx_scan,
               'idx_tup_fetch', t.idx_tup_fetch, 'table_bytes', t.bytes, 'estimated_rows', t.estimated_rows,
               'statistics_since', p_since),
           format('%s sequential scans read %s rows of a table of %s, indexes fetched %s.', t.seq_scan, t.seq_tup_read,
                  pg_size_pretty(t.bytes), t.idx_tup_fetch),
           format(
               'SELECT fingerprint, count(*) AS calls, sum(duration_ms) AS total_ms, max(query) AS query '
               'FROM domainflow.query_performance_metrics WHERE query ~* %L GROUP BY fingerprint ORDER BY total_ms DESC LIMIT 10;',
               '\m' || regexp_replace(c.relname::text, '(\W)', '\\\1', 'g') || '\M')
      FROM domainflow._user_tables() AS t
      JOIN pg_class AS c ON c.oid = t.relation
     WHERE t.bytes >= p_min_table_bytes
       AND t.seq_scan >= 10
       AND t.seq_tup_read >= 10 * t.idx_tup_fetch
       AND t.seq_tup_read >= 10 * t.estimated_rows
$$;

COMMENT ON FUNCTION domainflow._advise_sequential_scans IS 'Advice on large tables that are read from end to end.';
REVOKE ALL ON FUNCTION domainflow._advise_sequential_scans FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_sequential_scans TO domainflow_reader;
--! end include functions/query/_advise_sequential_scans.sql
--! begin include functions/query/_advise_foreign_keys.sql
-- Foreign keys without an index on the referencing side, on tables of 1,000 rows and more: every DELETE of a referenced row, and
-- every change of its key, then scans the whole table while it holds the row lock.
CREATE OR REPLACE FUNCTION domainflow._advise_foreign_keys()
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'missing_foreign_key_index', t.name,
           CASE WHEN t.estimated_rows >= 100000 THEN 'high' WHEN t.estimated_rows >= 10000 THEN 'medium' ELSE 'low' END,
           jsonb_build_object(
               'constraint', k.conname, 'columns', c.names, 'references', format('%I.%I', rn.nspname, r.relname),
               'on_delete', k.confdeltype, 'table_bytes', t.bytes, 'estimated_rows', t.estimated_rows),
           format('Deleting a row of %I.%I, or changing its key, scans all of %s%s.', rn.nspname, r.relname, t.name,
                  CASE WHEN t.is_partitioned
                       THEN '; the statement blocks writers, because a partitioned table takes no CONCURRENTLY' ELSE '' END),
           format('CREATE INDEX %sON %s (%s);', CASE WHEN t.is_partitioned THEN '' ELSE 'CONCURRENTLY ' END, t.name, c.list)
      FROM domainflow._foreign_key_indexes() AS f
      JOIN pg_constraint AS k ON k.oid = f.foreign_key
      JOIN domainflow._user_tables() AS t ON t.relation = f.relation
      JOIN pg_class AS r ON r.oid = k.confrelid
      JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
     CROSS JOIN LATERAL (
           SELECT string_agg(format('%I', a.attname), ', ' ORDER BY n.position) AS list,
                  jsonb_agg(a.attname ORDER BY n.position) AS names
             FROM unnest(k.conkey) WITH ORDINALITY AS n (attnum, position)
             JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.attnum) AS c
     WHERE f.index IS NULL
       AND t.estimated_rows >= 1000
$$;

COMMENT ON FUNCTION domainflow._advise_foreign_keys() IS 'Advice on foreign keys without an index on the referencing side.';
REVOKE ALL ON FUNCTION domainflow._advise_foreign_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_foreign_keys() TO domainflow_reader;
--! end include functions/query/_advise_foreign_keys.sql
--! begin include functions/query/_advise_unused_indexes.sql
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
--! end include functions/query/_advise_unused_indexes.sql
--! begin include functions/query/_advise_duplicate_indexes.sql
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
--! end include functions/query/_advise_duplicate_indexes.sql
--! begin include functions/query/_advise_slow_queries.sql
-- The 20 worst recorded statements of the last day above p_slow_ms, with the statement that shows their plan.
CREATE OR REPLACE FUNCTION domainflow._advise_slow_queries(p_slow_ms double precision)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'slow_query', s.fingerprint,
           CASE WHEN s.p95_ms >= 10 * p_slow_ms THEN 'high' WHEN s.p95_ms >= p_slow_ms THEN 'medium' ELSE 'low' END,
           jsonb_build_object('calls', s.calls, 'total_ms', s.total_ms, 'mean_ms', s.mean_ms, 'p95_ms', s.p95_ms,
                              'max_ms', s.max_ms, 'last_seen', s.last_seen, 'query', s.query),
           format('%s recorded executions took %s ms together, the longest %s ms.', s.calls, round(s.total_ms::numeric, 1),
                  round(s.max_ms::numeric, 1)),
           domainflow._explain_statement(s.query, s.fingerprint)
      FROM domainflow.get_slow_queries(p_slow_ms) AS s
$$;

COMMENT ON FUNCTION domainflow._advise_slow_queries(double precision) IS 'Advice on slow recorded statements.';
REVOKE ALL ON FUNCTION domainflow._advise_slow_queries(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_slow_queries(double precision) TO domainflow_reader;
--! end include functions/query/_advise_slow_queries.sql
--! begin include functions/query/generate_optimization_recommendations.sql
-- What to look at in this database: a row per finding, with its evidence and the statement to run. Changes nothing.
--
-- kind: sequential_scan, missing_foreign_key_index, unused_index, duplicate_index, slow_query. severity: high, medium, low; rows
-- come in that order. Tables below p_min_table_bytes are too small for advice on scans and unused indexes; statistics younger than
-- p_min_statistics_age say nothing about unused ones; recorded statements count from p_slow_ms on. Statistics that were
-- never reset are taken to begin with the server's start, which is on the safe side.
CREATE OR REPLACE FUNCTION domainflow.generate_optimization_recommendations(
    p_min_table_bytes bigint DEFAULT 10485760,
    p_min_statistics_age interval DEFAULT '7 days',
    p_slow_ms double precision DEFAULT 100
)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_reset timestamp with time zone;
    v_since timestamp with time zone;
BEGIN
    IF (p_min_table_bytes >= 0 AND p_min_statistics_age >= interval '0' AND p_slow_ms >= 0) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'min_table_bytes, min_statistics_age and slow_ms are 0 or more',
            DETAIL = format('min_table_bytes: %s, min_statistics_age: %s, slow_ms: %s', p_min_table_bytes, p_min_statistics_age,
                            p_slow_ms),
            HINT = 'Call it without arguments for the defaults.';
    END IF;
    SELECT d.stats_reset INTO v_reset FROM pg_stat_database AS d WHERE d.datname = current_database();
    v_since := COALESCE(v_reset, pg_postmaster_start_time());
    RETURN QUERY
    SELECT a.kind, a.object, a.severity, a.evidence, a.reason, a.statement
      FROM (SELECT s.* FROM domainflow._advise_sequential_scans(p_min_table_bytes, v_since) AS s
            UNION ALL
            SELECT f.* FROM domainflow._advise_foreign_keys() AS f
            UNION ALL
            SELECT u.*
              FROM domainflow._advise_unused_indexes(
                       p_min_table_bytes, p_min_statistics_age, v_since, v_reset IS NOT NULL) AS u
            UNION ALL
            SELECT d.* FROM domainflow._advise_duplicate_indexes(p_min_table_bytes) AS d
            UNION ALL
            SELECT q.* FROM domainflow._advise_slow_queries(p_slow_ms) AS q) AS a
     ORDER BY array_position(ARRAY['high', 'medium', 'low'], a.severity), a.kind, a.object;
END
$$;

COMMENT ON FUNCTION domainflow.generate_optimization_recommendations
IS 'Advice with evidence and the exact statement: scans, foreign keys, unused and duplicate indexes, slow statements.';
REVOKE ALL ON FUNCTION domainflow.generate_optimization_recommendations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.generate_optimization_recommendations TO domainflow_reader;
--! end include functions/query/generate_optimization_recommendations.sql
