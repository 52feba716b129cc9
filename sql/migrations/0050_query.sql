-- Advice in which recorded text is data, partitions are one table, and no index is named twice; and shapes that PostgreSQL's lexer sees.
--! lock-timeout: 2s
--! allow: drop-create-function internal; what calls it is replaced in this step

-- Their place is taken by _advise_indexes, _user_indexes and explain_query.
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._advise_unused_indexes(bigint, interval, timestamp with time zone, boolean);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._advise_duplicate_indexes(bigint);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._redundant_indexes();
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._explain_statement(text, text);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._user_indexes();

--! include functions/query/normalize_query.sql @0.4.0
--! include functions/query/_printable_statement.sql @0.4.0
--! include functions/query/get_slow_queries.sql @0.4.0
--! include functions/query/_user_tables.sql @0.4.0
--! include functions/query/_foreign_key_indexes.sql @0.4.0
--! include functions/query/_user_indexes.sql @0.4.0
--! include functions/query/_advise_sequential_scans.sql @0.4.0
--! include functions/query/_advise_foreign_keys.sql @0.4.0
--! include functions/query/_advise_indexes.sql @0.4.0
--! include functions/query/_advise_slow_queries.sql @0.4.0
--! include functions/query/generate_optimization_recommendations.sql @0.4.0
--! include functions/query/_plan_request.sql @0.4.0
--! include functions/query/explain_query.sql @0.4.0

--! include install/hand_over.sql @0.4.0
