-- Raises for names that a call gives and its model does not have: DF301 the model or a type, DF203 a relation. Never returns.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_names(p_model text, p_type text, p_relation text, p_kind text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_model domainflow.authz_model;
    v_type text;
    v_relation text;
BEGIN
    SELECT m.* INTO v_model FROM domainflow.authz_model AS m WHERE m.model = p_model;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('there is no authorization model %s', COALESCE(domainflow._shown(p_model), 'null')),
            DETAIL = format('models: %s', COALESCE((SELECT string_agg(m.model, ', ' ORDER BY m.model) FROM domainflow.authz_model AS m), 'none')),
            HINT = 'Define it with define_authorization_model(), or name another one in p_model.';
    END IF;
    FOR v_type, v_relation IN
        SELECT n.type, n.relation
          FROM (VALUES (COALESCE(p_type, ''), p_relation),
                       (COALESCE(split_part(p_kind, '#', 1), ''), NULLIF(split_part(p_kind, '#', 2), ''))) AS n (type, relation)
    LOOP
        IF NOT EXISTS (SELECT FROM domainflow.authz_node AS n
                        WHERE n.model_id = v_model.model_id AND n.revision = v_model.revision AND n.object_type = v_type) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF301',
                MESSAGE = format('model %s has no type %s', p_model, quote_literal(domainflow._shown(v_type))),
                DETAIL = format('types: %s', (SELECT string_agg(DISTINCT n.object_type, ', ') FROM domainflow.authz_node AS n
                                               WHERE n.model_id = v_model.model_id AND n.revision = v_model.revision)),
                HINT = 'Name a type of the model: user:anne, document:1.';
        END IF;
        IF v_relation IS NOT NULL AND NOT EXISTS (
               SELECT FROM domainflow.authz_node AS n
                WHERE n.model_id = v_model.model_id AND n.revision = v_model.revision AND n.object_type = v_type AND n.relation = v_relation) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF203',
                MESSAGE = format('type %s has no relation %s', v_type, quote_literal(domainflow._shown(v_relation))),
                DETAIL = format('relations: %s', COALESCE((SELECT string_agg(n.relation, ', ' ORDER BY n.relation) FROM domainflow.authz_node AS n
                                                            WHERE n.model_id = v_model.model_id AND n.revision = v_model.revision
                                                              AND n.object_type = v_type), 'none')),
                HINT = 'Name a relation of the type.';
        END IF;
    END LOOP;
    RAISE EXCEPTION USING
        ERRCODE = 'DF202',
        MESSAGE = 'a decision needs a subject, an action and a resource',
        DETAIL = format('kind of the subject: %s, action: %s', COALESCE(domainflow._shown(p_kind), 'null'), COALESCE(domainflow._shown(p_relation), 'null')),
        HINT = 'Pass them all: check_access(''user:anne'', ''viewer'', ''document'', ''1'').';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_names IS 'Raises for names that a call gives and its model does not have.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_names FROM PUBLIC;
