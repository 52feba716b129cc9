-- Makes the functions that lead a call to the compiled function of its relation: for the model, and over all models.
--
-- authz decides the usual call and answers with twice the generation: positive for yes, negative for no; null where that
-- is not all there is to say: policies have a say, or a name is wrong. authz_given decides every call: facts and a limit
-- of steps are arguments; the answer has one added where policies have a say; DF301, DF203 and DF202 for names that the
-- model does not have.
CREATE OR REPLACE FUNCTION domainflow._generate_authz_dispatch(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_refuse text := 'PERFORM domainflow._refuse_authz_names(p_model, p_type, p_relation, p_kind); RETURN NULL;';
    v_usual text := 'p_model text, p_type text, p_relation text, p_object text, p_kind text, p_subject text';
    v_given text := v_usual || ', p_facts domainflow.authz_fact[], p_left integer';
    v_types record;
    v_kinds text[];
    v_body text;
    v_generation integer := (SELECT m.generation FROM domainflow.authz_model AS m WHERE m.model_id = p_model_id);
BEGIN
    SELECT array_agg(concat_ws('#', n.object_type, n.relation) ORDER BY n.relation IS NOT NULL, n.node) INTO v_kinds
      FROM domainflow.authz_node AS n
     WHERE n.model_id = p_model_id AND n.revision = p_revision;
    SELECT array_agg(t.object_type ORDER BY t.object_type) AS names, array_agg(t.usual ORDER BY t.object_type) AS usual,
           array_agg(t.given ORDER BY t.object_type) AS given
      INTO v_types
      FROM (SELECT n.object_type,
                   domainflow._authz_switch('p_relation', array_agg(n.relation::text ORDER BY n.relation), array_agg(
                       CASE WHEN n.relation = ANY (a.actions) THEN 'RETURN NULL;'
                            ELSE format('RETURN CASE WHEN %s THEN %s WHEN p_kind OPERATOR(pg_catalog.=) ANY (%L::pg_catalog.text[]) THEN -%2$s END;',
                                        domainflow._authz_usual_sql(n), 2 * v_generation, v_kinds) END ORDER BY n.relation), 'RETURN NULL;') AS usual,
                   domainflow._authz_switch('p_relation', array_agg(n.relation::text ORDER BY n.relation), array_agg(
                       format('RETURN CASE WHEN %s(p_object, p_kind, p_subject, p_facts, p_left) THEN %s ELSE -%2$s END;',
                              domainflow._authz_function(ROW(p_model_id, p_revision, NULL, false), n.node, 't'),
                              2 * v_generation + CASE WHEN n.relation = ANY (a.actions) THEN 1 ELSE 0 END) ORDER BY n.relation), v_refuse) AS given
              FROM domainflow.authz_node AS n
             CROSS JOIN LATERAL (SELECT array_agg(a.action) AS actions FROM domainflow.authz_policy_action AS a
                                  WHERE a.model_id = p_model_id AND a.resource_type = n.object_type) AS a
             WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.relation IS NOT NULL
             GROUP BY n.object_type) AS t;
    v_body := domainflow._authz_switch('p_type', v_types.names, v_types.usual, 'RETURN NULL;');
    PERFORM domainflow._create_authz_function(format('domainflow_generated.authz_%s', p_model_id), v_usual, 'integer', format('BEGIN %s END', v_body));
    PERFORM domainflow._create_authz_function(format('domainflow_generated.authz_given_%s', p_model_id), v_given, 'integer', format(
        'BEGIN IF p_kind OPERATOR(pg_catalog.<>) ALL (%L::pg_catalog.text[]) THEN %s END IF; %s END', v_kinds, v_refuse,
        domainflow._authz_switch('p_type', v_types.names, v_types.given, v_refuse)));
    -- The only model is decided in place.
    PERFORM domainflow._create_authz_function('domainflow_generated.authz', v_usual, 'integer', (
        SELECT format('BEGIN %s END', domainflow._authz_switch(
                   'p_model', array_agg(m.model ORDER BY m.model COLLATE "C"),
                   array_agg(CASE WHEN c.models = 1 THEN v_body
                                  ELSE format('RETURN domainflow_generated.authz_%s(p_model, p_type, p_relation, p_object, p_kind, p_subject);',
                                              m.model_id) END ORDER BY m.model COLLATE "C"), 'RETURN NULL;'))
          FROM domainflow.authz_model AS m
         CROSS JOIN (SELECT count(*) AS models FROM domainflow.authz_model) AS c));
    PERFORM domainflow._create_authz_function('domainflow_generated.authz_given', v_given, 'integer', (
        SELECT format('BEGIN %s END', domainflow._authz_switch(
                   'p_model', array_agg(m.model ORDER BY m.model COLLATE "C"),
                   array_agg(format('RETURN domainflow_generated.authz_given_%s(p_model, p_type, p_relation, p_object, p_kind, p_subject, '
                                    'p_facts, p_left);', m.model_id) ORDER BY m.model COLLATE "C"), v_refuse))
          FROM domainflow.authz_model AS m));
END
$$;

COMMENT ON FUNCTION domainflow._generate_authz_dispatch IS 'Makes the functions that lead a call to the compiled function of its relation.';
REVOKE ALL ON FUNCTION domainflow._generate_authz_dispatch FROM PUBLIC;
