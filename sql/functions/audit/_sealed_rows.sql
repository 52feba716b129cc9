-- How many rows a partition of audit_log has, when it may go: all are sealed and no legal hold needs them. Else DF706
-- or DF304.
--
-- Locks nothing: a month that is over gets no rows. Who drops it counts again under the lock.
-- Proof: Tests/SQL/audit/hold.sql
CREATE OR REPLACE FUNCTION domainflow._sealed_rows(
    p_partition regclass,
    p_range_from timestamp with time zone,
    p_range_to timestamp with time zone
)
RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
-- Every part of the statements is quoted by format(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_hold record;
    v_is_held boolean;
    v_rows bigint;
    v_unsealed bigint;
BEGIN
    FOR v_hold IN
        SELECT h.name, h.user_id FROM domainflow.legal_hold AS h
         WHERE h.released_at IS NULL AND h.range_from < p_range_to AND h.range_to > p_range_from
         ORDER BY h.name
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS r WHERE $1 IS NULL OR r.user_id = $1)', p_partition)
           INTO v_is_held
          USING v_hold.user_id;
        IF v_is_held THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF304',
                MESSAGE = format('legal hold %s keeps it', quote_literal(domainflow._shown(v_hold.name))),
                DETAIL = format('partition: %s', p_partition),
                HINT = 'Release the hold first: release_legal_hold(name, reason).';
        END IF;
    END LOOP;
    EXECUTE format('SELECT count(*), count(*) FILTER (WHERE l.id IS NULL) '
                   '  FROM %s AS r LEFT JOIN domainflow.audit_leaf AS l ON l.id = r.id', p_partition)
       INTO v_rows, v_unsealed;
    IF v_unsealed > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF706',
            MESSAGE = format('%s decisions are not sealed yet', v_unsealed),
            DETAIL = format('partition: %s', p_partition),
            HINT = 'Call seal_audit() until it returns 0; maintain() does once a minute.';
    END IF;
    RETURN v_rows;
END
$$;

COMMENT ON FUNCTION domainflow._sealed_rows(regclass, timestamp with time zone, timestamp with time zone)
IS 'Rows of a partition of the audit log, all of which are sealed and not held.';
REVOKE ALL ON FUNCTION domainflow._sealed_rows(regclass, timestamp with time zone, timestamp with time zone)
FROM PUBLIC;
