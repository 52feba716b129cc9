-- The plan of the latest recorded statement with a fingerprint, one row a line; or one row that says why it is not taken.
--
-- Nothing is executed, but planning runs functions that are marked IMMUTABLE. So the plan is taken in a read-only transaction, under the
-- caller's statement_timeout (60 s at most), and only in a session of the login that recorded the text: never with the rights of a
-- reader, an administrator or a superuser. Names mean what they mean in that session. A text of several statements fails with 42P11; other errors
-- are those of planning it. DF201, DF202 for what is no fingerprint, DF301 for one that was never recorded. SECURITY INVOKER on purpose.
-- Proof: Tests/SQL/query/explain.sql
CREATE OR REPLACE FUNCTION domainflow.explain_query(p_fingerprint text)
RETURNS TABLE (outcome text, line text)
LANGUAGE plpgsql
AS $$
-- The text is executed on purpose, as the login that recorded it. @plpgsql_check_options: security_warnings = off, other_warnings = off, performance_warnings = off
DECLARE
    v_query pg_catalog.text;
    v_lines pg_catalog.text[] := '{}';
BEGIN
    -- No name here is looked up in the search_path, which is the caller's because the statement needs it.
    SELECT r.query, CASE WHEN r.refusal IS NULL THEN NULL ELSE pg_catalog.concat('not taken: ', r.refusal) END
      INTO v_query, outcome
      FROM domainflow._plan_request(p_fingerprint, CAST(current_user AS pg_catalog.text)) AS r;
    IF v_query IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    outcome := 'planned';
    -- Read-only for as long as the plan takes, and no longer: the end of the block undoes the setting, and since PostgreSQL 16 no
    -- function may bring it in a SET clause. As a cursor, which takes one statement and no more.
    BEGIN
        PERFORM pg_catalog.set_config('transaction_read_only', 'on', true);
        FOR line IN EXECUTE v_query LOOP
            v_lines := pg_catalog.array_append(v_lines, line);
        END LOOP;
        RAISE EXCEPTION USING ERRCODE = 'DF401';
    EXCEPTION WHEN SQLSTATE 'DF401' THEN
        NULL;
    END;
    FOREACH line IN ARRAY v_lines LOOP
        line := pg_catalog.regexp_replace(line, E'[\\x01-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]', '?', 'g');
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.explain_query(text)
IS 'The plan of a recorded statement, taken as the login that recorded it, or why it is not taken.';
REVOKE ALL ON FUNCTION domainflow.explain_query(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.explain_query(text) TO domainflow_app, domainflow_reader;
