-- Defines an authorization model, or changes one, in OpenFGA's modelling language (schema 1.1), and compiles each of its
-- relations into a function. Returns its revision; defining the same text again changes nothing.
--
-- Takes effect at commit: each decision is made by the old revision or the new one. Facts stay; a model that no longer
-- admits some of them is refused with DF706, unless p_orphans is 'ignore': then they do not count as long as no model
-- admits them. DF201 with line and column for what the language does not have, DF202 and DF204 for a missing or oversized
-- argument. One definition at a time; checks never wait for it.
-- Proof: Scenarios/authz/define.spec, Tests/SQL/authz/define_authorization_model.sql
CREATE OR REPLACE FUNCTION domainflow.define_authorization_model(p_model text, p_source text, p_orphans text DEFAULT 'refuse')
RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
DECLARE
    v_id integer;
    v_revision integer;
BEGIN
    PERFORM domainflow._check_authz_arguments(p_model, p_source, p_orphans);
    LOCK TABLE domainflow.authz_edge IN SHARE ROW EXCLUSIVE MODE;
    SELECT m.model_id, m.revision INTO v_id, v_revision FROM domainflow.authz_model AS m WHERE m.model = p_model;
    IF FOUND THEN
        IF (SELECT r.source FROM domainflow.authz_revision AS r WHERE r.model_id = v_id AND r.revision = v_revision) = p_source THEN
            RETURN v_revision;
        END IF;
        -- Facts that are being written were admitted by the revision before.
        PERFORM pg_advisory_xact_lock(domainflow._authz_lock(), v_id);
        v_revision := v_revision + 1;
        UPDATE domainflow.authz_model AS m SET revision = v_revision, generation = m.generation + 1 WHERE m.model = p_model;
    ELSE
        v_revision := 1;
        INSERT INTO domainflow.authz_model (model, model_id, revision, generation)
        SELECT p_model, COALESCE(max(m.model_id), 0) + 1, 1, 1 FROM domainflow.authz_model AS m
        RETURNING model_id INTO v_id;
    END IF;
    INSERT INTO domainflow.authz_revision (model_id, revision, source, defined_at, session_role, effective_role, transaction_id)
    VALUES (v_id, v_revision, p_source, clock_timestamp(), session_user,
            COALESCE(NULLIF(current_setting('role'), 'none'), session_user), pg_current_xact_id());
    INSERT INTO domainflow.authz_node (model_id, revision, node, object_type, relation, expression)
    SELECT v_id, v_revision, p.node, p.object_type, p.relation, p.expression
      FROM domainflow._parse_authz_model(p_source) WITH ORDINALITY AS p (object_type, relation, expression, line, col, node);
    UPDATE domainflow.authz_node AS n
       SET expression = domainflow._resolve_authz_expression(v_id, v_revision, n.object_type, n.relation, n.expression)
     WHERE n.model_id = v_id AND n.revision = v_revision AND n.relation IS NOT NULL;
    PERFORM domainflow._refuse_groundless_relation(v_id, v_revision);
    PERFORM domainflow._analyse_authz_model(v_id, v_revision);
    IF p_orphans = 'refuse' THEN
        PERFORM domainflow._refuse_authz_orphans(v_id, v_revision);
    END IF;
    PERFORM domainflow._generate_authz_model(v_id, v_revision);
    PERFORM domainflow._drop_authz_functions(v_id, v_revision - 2);
    PERFORM domainflow._log_authz_change(p_model, NULL, 'define_authorization_model', 'authz_model', p_model,
                                         jsonb_build_object('revision', v_revision), v_revision > 1);
    RETURN v_revision;
END
$$;

COMMENT ON FUNCTION domainflow.define_authorization_model
IS 'Defines or changes an authorization model in OpenFGA''s language and compiles it into functions. Returns its revision.';
REVOKE ALL ON FUNCTION domainflow.define_authorization_model FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.define_authorization_model TO domainflow_owner;
