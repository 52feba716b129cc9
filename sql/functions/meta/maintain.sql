-- Does the periodic work: partitions, queues, campaigns, left-over marks, the seal of the audit log and the guards of the logs. One row for each
-- piece, with what came of it.
--
-- p_task names one of them: 'sequences', 'partitions', 'queues', 'marks', 'campaigns', 'audit', 'guards'; without it all run, one after the other,
-- in the caller's transaction. Call it once a minute, from pg_cron for instance. Any number of callers may run it at once: a piece takes what no
-- one else holds, and leaves the rest for the next call; what it works off is bounded (100 rounds a queue, 10000 rows of marks, 1000000 decisions).
-- A piece that fails does not stop the others: its row has outcome 'failed' and the reason. 40001 and 40P01 are raised, since they
-- spoil the transaction. On a standby it does nothing and says so. On a logical subscriber call it after the promotion only, but for
-- 'partitions', which it needs before rows of a new month arrive.
-- Claims do the work of 'queues' themselves while they come; this also sees to paused queues and to retries whose time was set
-- while the clock was ahead. Runs as its owner, because only a table's owner may add partitions.
-- Proof: Scenarios/job/queue/due.spec, Tests/SQL/meta/maintain.sql
CREATE OR REPLACE FUNCTION domainflow.maintain(p_task text DEFAULT NULL)
RETURNS TABLE (task text, outcome text, count bigint, took_ms double precision)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    c_tasks CONSTANT text[] := ARRAY['sequences', 'partitions', 'queues', 'marks', 'campaigns', 'audit', 'guards'];
    v_task  text;
    v_began timestamptz;
    v_count bigint;
    v_what  text;
BEGIN
    IF p_task IS NOT NULL AND NOT p_task = ANY (c_tasks) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'there is no such task',
            DETAIL = format('task: %s', domainflow._shown(p_task)), HINT = 'Tasks are ' || array_to_string(c_tasks, ', ') || '.';
    END IF;
    FOREACH v_task IN ARRAY c_tasks LOOP
        CONTINUE WHEN v_task <> p_task;
        v_began := clock_timestamp();
        v_count := 0::bigint;
        v_what := 'done';
        IF pg_is_in_recovery() THEN
            v_what := 'skipped: a standby is maintained by its primary';
        ELSE
            BEGIN
                CASE v_task
                    WHEN 'sequences' THEN
                        v_count := domainflow._check_sequences()::integer::bigint;
                    WHEN 'partitions' THEN
                        SELECT pg_catalog.count(*) INTO v_count FROM domainflow.ensure_partitions() AS e WHERE e.outcome = 'created';
                    WHEN 'queues' THEN
                        v_count := domainflow._maintain_queues();
                    WHEN 'marks' THEN
                        v_count := domainflow._maintain_marks();
                    WHEN 'campaigns' THEN
                        SELECT pg_catalog.count(*) INTO v_count FROM domainflow.fail_stranded_campaigns('maintenance');
                    WHEN 'audit' THEN
                        v_count := domainflow.seal_audit(1000000);
                    WHEN 'guards' THEN
                        v_count := domainflow._watch_audit();
                END CASE;
            EXCEPTION
                WHEN serialization_failure OR deadlock_detected THEN
                    RAISE;
                WHEN OTHERS THEN
                    v_what := format('failed: %s %s', SQLSTATE, domainflow._shown(SQLERRM));
            END;
        END IF;
        RETURN QUERY SELECT v_task, v_what, v_count, extract(epoch FROM clock_timestamp() - v_began)::double precision * 1000;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.maintain IS
    'Does the periodic work, and says what came of each piece';
REVOKE ALL ON FUNCTION domainflow.maintain FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.maintain TO domainflow_admin, domainflow_owner;
