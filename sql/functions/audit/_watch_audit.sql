-- Makes the trigger functions of altered tables again, and opens or closes alerts about the guards of the logs; returns
-- the number of all these.
--
-- Moves the sequence of ids ahead of them, because logical replication carries rows and no sequences: a promoted subscriber would begin
-- again. What maintain() does for the room. Any number of callers may run it at once: an alert is opened once.
CREATE OR REPLACE FUNCTION domainflow._watch_audit()
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
DECLARE
    v_function text;
    v_lost record;
    v_keys text[] := '{}'::text[];
    v_count bigint := 0::bigint;
    v_newest bigint;
BEGIN
    FOR v_function IN
        SELECT a.function_name::text
          FROM domainflow.audited_table AS a
         WHERE a.made_for IS DISTINCT FROM domainflow._audit_shape(domainflow._find_audited_table(a.function_name))
           AND domainflow._find_audited_table(a.function_name) IS NOT NULL
    LOOP
        LOCK TABLE domainflow.audited_table IN SHARE ROW EXCLUSIVE MODE;
        CONTINUE WHEN NOT EXISTS (SELECT FROM domainflow.audited_table AS a WHERE a.function_name = v_function);
        PERFORM domainflow._generate_audit(v_function);
        v_count := v_count + 1::bigint;
    END LOOP;
    v_newest := GREATEST((SELECT c.id FROM domainflow.row_change AS c ORDER BY c.changed_at DESC LIMIT 1),
                         (SELECT r.id FROM domainflow.audit_read AS r ORDER BY r.read_at DESC LIMIT 1));
    IF v_newest > COALESCE(pg_sequence_last_value('domainflow.audit_seq'), 0) THEN
        PERFORM setval('domainflow.audit_seq', v_newest + 1048576);
        v_count := v_count + 1::bigint;
    END IF;
    PERFORM domainflow._count_audit_hours();
    FOR v_lost IN
        SELECT s.object, s.guard, s.found, format('audit guard: %s: %s', s.object, s.guard) AS key
          FROM domainflow.audit_guard_status() AS s WHERE NOT s.holds
    LOOP
        v_keys := v_keys || v_lost.key;
        v_count := v_count + domainflow._open_alert(
            'audit_guard', CASE v_lost.guard WHEN 'not silent' THEN 'warning' ELSE 'critical' END, v_lost.key,
            jsonb_build_object('object', v_lost.object, 'guard', v_lost.guard,
                               'found', domainflow._shown(v_lost.found, 1000)))::integer::bigint;
    END LOOP;
    RETURN v_count + domainflow._close_alerts('audit_guard', v_keys);
END
$$;

COMMENT ON FUNCTION domainflow._watch_audit()
IS 'Follows altered tables, and opens or closes alerts about the guards of the logs.';
REVOKE ALL ON FUNCTION domainflow._watch_audit() FROM PUBLIC;
