-- Every event of one entity, in the order of its versions; no rows for an entity the machine does not know.
-- Proof: Tests/SQL/state/transition_state.sql
CREATE OR REPLACE FUNCTION domainflow.state_history(p_machine text, p_entity_id text)
RETURNS SETOF domainflow.state_event
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT e.*
      FROM domainflow.state_event AS e
     WHERE e.machine OPERATOR(pg_catalog.=) p_machine AND e.entity_id OPERATOR(pg_catalog.=) p_entity_id
     ORDER BY e.version
$$;

COMMENT ON FUNCTION domainflow.state_history(text, text) IS 'Every event of one entity, in the order of its versions.';
REVOKE ALL ON FUNCTION domainflow.state_history(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.state_history(text, text)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
