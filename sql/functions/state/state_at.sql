-- The state an entity was in at a moment, by replaying its events from the first; one row of nulls if it did not exist yet.
--
-- Versions order the events, not clocks: the replay ends with the last version that had happened by then. DF706 if the events are
-- not a chain: a version is missing, or one does not begin in the state where the one before it ended.
-- Proof: Tests/SQL/state/transition_state.sql
CREATE OR REPLACE FUNCTION domainflow.state_at(
    p_machine text,
    p_entity_id text,
    p_at timestamptz,
    OUT state text,
    OUT version bigint,
    OUT occurred_at timestamptz
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
DECLARE
    v_event domainflow.state_event;
BEGIN
    FOR v_event IN
        SELECT e.*
          FROM domainflow.state_event AS e
         WHERE e.machine OPERATOR(pg_catalog.=) p_machine AND e.entity_id OPERATOR(pg_catalog.=) p_entity_id
           AND e.version OPERATOR(pg_catalog.<=) (
               SELECT pg_catalog.max(l.version)
                 FROM domainflow.state_event AS l
                WHERE l.machine OPERATOR(pg_catalog.=) p_machine AND l.entity_id OPERATOR(pg_catalog.=) p_entity_id
                  AND l.occurred_at OPERATOR(pg_catalog.<=) p_at)
         ORDER BY e.version
    LOOP
        IF v_event.version OPERATOR(pg_catalog.<>) (COALESCE(version, 0) OPERATOR(pg_catalog.+) 1)
           OR COALESCE(v_event.from_state, '') OPERATOR(pg_catalog.<>) COALESCE(state, '') THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF706',
                MESSAGE = pg_catalog.format('the events of %s %s are not a chain', p_machine, p_entity_id),
                DETAIL = pg_catalog.format('after version %s in state %s comes version %s from state %s',
                                           COALESCE(version, 0), state, v_event.version, v_event.from_state),
                HINT = 'Events were written past transition_state(), or lost: compare state_history() with a backup.';
        END IF;
        state := v_event.to_state;
        version := v_event.version;
        occurred_at := v_event.occurred_at;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.state_at(text, text, timestamptz) IS 'State and version of an entity at a moment, by replaying its events.';
REVOKE ALL ON FUNCTION domainflow.state_at(text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.state_at(text, text, timestamptz)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
