-- Makes the functions that lead a call to the compiled function of its relation: one for the model, one for all models.
--
-- They answer with twice the revision that decided, plus one where policies have a say: positive for yes, negative for no. DF301, DF203 and DF201 for a type, relation or kind of
-- subject that the model does not have.
CREATE OR REPLACE FUNCTION domainflow._generate_authz_dispatch(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_scope domainflow.authz_scope := ROW(p_model_id, p_revision, NULL, false);
    v_refuse text := 'PERFORM domainflow._refuse_authz_names(p_model, p_type, p_relation, p_kind);';
    v_arguments text := 'p_model text, p_type text, p_relation text, p_object text, p_kind text, p_subject text, '
                        'p_facts domainflow.authz_fact[], p_left integer';
    v_types record;
    v_kinds text[];
BEGIN
    SELECT array_agg(t.object_type ORDER BY t.object_type) AS names, array_agg(t.body ORDER BY t.object_type) AS bodies
      INTO v_types
      FROM (SELECT n.object_type,
                   domainflow._authz_switch('p_relation', array_agg(n.relation::text ORDER BY n.relation),
                                            array_agg(format('RETURN CASE WHEN %s(p_object, p_kind, p_subject, p_facts, p_left) THEN %s ELSE -%2$s END;',
                                                             domainflow._authz_function(v_scope, n.node, 't'),
                                                             2 * p_revision + CASE WHEN n.relation = ANY (a.actions) THEN 1 ELSE 0 END)
                                                      ORDER BY n.relation), v_refuse) AS body
              FROM domainflow.authz_node AS n
             CROSS JOIN LATERAL (SELECT array_agg(a.action) AS actions FROM domainflow.authz_policy_action AS a
                                  WHERE a.model_id = p_model_id AND a.resource_type = n.object_type) AS a
             WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.relation IS NOT NULL
             GROUP BY n.object_type) AS t;
    SELECT array_agg(concat_ws('#', n.object_type, n.relation) ORDER BY n.relation IS NOT NULL, n.node) INTO v_kinds
      FROM domainflow.authz_node AS n
     WHERE n.model_id = p_model_id AND n.revision = p_revision;
    PERFORM domainflow._create_authz_function(format('domainflow_generated.authz_%s', p_model_id), v_arguments, 'integer', format(
        'BEGIN IF p_kind OPERATOR(pg_catalog.<>) ALL (%L::pg_catalog.text[]) THEN %s END IF; %s RETURN NULL; END', v_kinds, v_refuse,
        domainflow._authz_switch('p_type', v_types.names, v_types.bodies, v_refuse)));
    PERFORM domainflow._create_authz_function('domainflow_generated.authz', v_arguments, 'integer', (
        SELECT format('BEGIN %s RETURN NULL; END', domainflow._authz_switch(
                   'p_model', array_agg(m.model ORDER BY m.model COLLATE "C"),
                   array_agg(format('RETURN domainflow_generated.authz_%s(p_model, p_type, p_relation, p_object, p_kind, p_subject, '
                                    'p_facts, p_left);', m.model_id) ORDER BY m.model COLLATE "C"), v_refuse))
          FROM domainflow.authz_model AS m));
END
$$;

COMMENT ON FUNCTION domainflow._generate_authz_dispatch IS 'Makes the functions that lead a call to the compiled function of its relation.';
REVOKE ALL ON FUNCTION domainflow._generate_authz_dispatch FROM PUBLIC;
