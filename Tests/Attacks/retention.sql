-- Retention deletes what is old, and nothing else, whatever an administrator sets.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT plan(8);
CREATE FUNCTION pg_temp.tries(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
SELECT domainflow.log_authorization_decision('u', 't', 'i', 'a', 'allow') FROM generate_series(1, 5) \g /dev/null
SELECT count(*) AS before FROM domainflow.audit_log \gset
SET LOCAL SESSION AUTHORIZATION climate_admin;
SELECT is_empty($$SELECT i, pg_temp.tries(format('SELECT domainflow.set_retention(''audit_log'', %L)', i))
                    FROM unnest(ARRAY['-1 second', '0', '1 second', '-100 years 36001 days', '100 years -36500 days', '-1 month 60 days', '1 month -29 days -23:59:59',
                                      '-178000000 years', '89 days', '2 months 28 days']) AS i
                   WHERE pg_temp.tries(format('SELECT domainflow.set_retention(''audit_log'', %L)', i)) !~ '^DF'$$, 'no interval below the floor, by whatever sign');
SELECT is(pg_temp.tries($$SELECT domainflow.set_retention('pg_class', interval '1 year')$$) ~ '^DF', true, 'no table that is not ours');
SELECT is(pg_temp.tries($$SELECT domainflow.set_retention('state_event', interval '1 year')$$) ~ '^(DF|42)', true, 'nor one without months');
SELECT is(pg_temp.tries($$INSERT INTO domainflow.partition_policy VALUES ('audit_log', '-100 years 36001 days')$$), '42501', 'no policy around the function');
SELECT is(pg_temp.tries($$SELECT domainflow.set_retention('audit_log', interval '3 months')$$), 'done', 'the floor itself');
SELECT is(pg_temp.tries('SELECT * FROM domainflow.drop_expired_partitions(1000000, true)') ~ '^(done|DF)', true, 'all that may go');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*) FROM domainflow.audit_log), :'before'::bigint, 'and every decision of today is there');
SET LOCAL SESSION AUTHORIZATION climate_app;
SELECT is(pg_temp.tries('SELECT * FROM domainflow.drop_expired_partitions()'), '42501', 'the application cannot ask for it');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
