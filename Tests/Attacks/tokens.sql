-- A job belongs to whoever claimed it: no guessed, old or borrowed token ends, keeps, moves or returns it.
BEGIN;
SELECT plan(5);
SELECT id, token FROM climate.running \gset
SET LOCAL SESSION AUTHORIZATION climate_app;
CREATE FUNCTION pg_temp.wins(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$DECLARE v_answer text; BEGIN EXECUTE p_sql INTO v_answer; RETURN v_answer; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
CREATE TABLE pg_temp.token AS SELECT t FROM unnest(ARRAY[0, -1, :token - 1, :token + 1, 9223372036854775807, NULL]) AS t;
SELECT set_config('attack.id', :'id', true) \gset
SELECT is_empty($$SELECT t, pg_temp.wins(format('SELECT domainflow.complete_job(''climate'', %s, %L)', current_setting('attack.id'), t)) FROM pg_temp.token
                   WHERE pg_temp.wins(format('SELECT domainflow.complete_job(''climate'', %s, %L)', current_setting('attack.id'), t)) IN ('t', 'true')$$, 'none completes it');
SELECT is_empty($$SELECT t FROM pg_temp.token
                   WHERE pg_temp.wins(format('SELECT domainflow.fail_job(''climate'', %s, %L, ''e'')', current_setting('attack.id'), t)) IN ('retry', 'dead')$$, 'none fails it');
SELECT is_empty($$SELECT t FROM pg_temp.token
                   WHERE pg_temp.wins(format('SELECT count(*) FROM domainflow.heartbeat_jobs(''climate'', ''{%s}'', %L)', current_setting('attack.id'), t)) NOT IN ('0') AND
                         pg_temp.wins(format('SELECT count(*) FROM domainflow.heartbeat_jobs(''climate'', ''{%s}'', %L)', current_setting('attack.id'), t)) !~ '^DF'$$, 'none keeps it');
SELECT is_empty($$SELECT t FROM pg_temp.token
                   WHERE pg_temp.wins(format('SELECT count(*) FROM domainflow.release_jobs(''climate'', ''{%s}'', %L)', current_setting('attack.id'), t)) !~ '^(0|DF)'$$, 'none returns it');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT status::text || ' ' || token FROM domainflow.job WHERE queue = 'climate' AND id = :id), 'running ' || :token, 'it is as it was');
SELECT * FROM finish();
ROLLBACK;
