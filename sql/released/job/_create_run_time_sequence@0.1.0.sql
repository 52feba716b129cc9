-- Creates one of the queue's sequences (lane marks, sweep clocks) while the queue is in use.
--
-- Its comment begins with 'run-time: ', by which catalog_fingerprint() knows that no migration step made it.
CREATE OR REPLACE FUNCTION domainflow._create_run_time_sequence(p_name text, p_purpose text)
RETURNS regclass
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name text := pg_catalog.format('domainflow.%I', p_name);
BEGIN
    EXECUTE 'CREATE SEQUENCE ' || v_name || ' MINVALUE 0 START 0';
    EXECUTE pg_catalog.format('COMMENT ON SEQUENCE %s IS %L', v_name, 'run-time: ' || p_purpose);
    EXECUTE 'GRANT USAGE, SELECT, UPDATE ON SEQUENCE ' || v_name || ' TO domainflow_app';
    PERFORM pg_catalog.setval(v_name::regclass, 0);
    RETURN v_name::regclass;
END
$$;

COMMENT ON FUNCTION domainflow._create_run_time_sequence IS
    'Creates a sequence that queues keep a mark or a clock in';
REVOKE ALL ON FUNCTION domainflow._create_run_time_sequence FROM PUBLIC;
