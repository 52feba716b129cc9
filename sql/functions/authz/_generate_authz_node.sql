-- Makes the compiled functions of one relation: yes (t), and where they differ from it, perhaps (m) and yes by a fact that
-- names the subject (d).
CREATE OR REPLACE FUNCTION domainflow._generate_authz_node(p_model_id integer, p_revision integer, p_node integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_node domainflow.authz_node;
    v_plain domainflow.authz_scope;
    v_given domainflow.authz_scope;
    v_mode text;
    v_bodies text[];
BEGIN
    SELECT n.* INTO STRICT v_node
      FROM domainflow.authz_node AS n WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.node = p_node;
    v_plain := ROW(p_model_id, p_revision, v_node.component, false);
    v_given := ROW(p_model_id, p_revision, v_node.component, true);
    FOREACH v_mode IN ARRAY ARRAY['t'] || CASE WHEN v_node.reaches_cycle THEN ARRAY['m'] ELSE '{}' END
                                       || CASE WHEN v_node.reaches_wildcard THEN ARRAY['d'] ELSE '{}' END LOOP
        IF v_node.component IS NULL THEN
            v_bodies := ARRAY[
                format('SELECT %s OR %s', domainflow._authz_is_subject(v_node, 'p_object'),
                       domainflow._authz_sql(v_plain, v_node.expression, v_mode, 'p_object', 1)),
                format('SELECT %s OR %s', domainflow._authz_is_subject(v_node, 'p_object'),
                       domainflow._authz_sql(v_given, v_node.expression, v_mode, 'p_object', 1))];
        ELSE
            v_bodies := ARRAY[domainflow._authz_walk_sql(v_plain, p_node, v_mode), domainflow._authz_walk_sql(v_given, p_node, v_mode)];
            IF v_bodies[1] IS NULL THEN
                v_bodies := array_fill(format('SELECT %s FROM %s(%s, p_object, p_kind, p_subject, p_facts, p_left) AS s',
                                              CASE v_mode WHEN 't' THEN 's.v OPERATOR(pg_catalog.=) 2'
                                                   WHEN 'm' THEN 's.v OPERATOR(pg_catalog.>=) 1' ELSE 's.e' END,
                                              domainflow._authz_function(v_plain, v_node.component, 'v'), p_node), ARRAY[2]);
                IF to_regproc(domainflow._authz_function(v_plain, v_node.component, 'v')) IS NULL THEN
                    PERFORM domainflow._generate_authz_solver(v_plain);
                END IF;
            END IF;
        END IF;
        PERFORM domainflow._create_authz_function(
            domainflow._authz_function(v_plain, p_node, v_mode),
            'p_object text, p_kind text, p_subject text, p_facts domainflow.authz_fact[], p_left integer', 'boolean', format($sql$
BEGIN
    IF p_left OPERATOR(pg_catalog.<=) 0 THEN
        PERFORM domainflow._refuse_authz_depth();
    END IF;
    IF p_facts IS NULL THEN
        RETURN (%s);
    END IF;
    RETURN (%s);
END
$sql$, v_bodies[1], v_bodies[2]));
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._generate_authz_node IS 'Makes the compiled functions of one relation.';
REVOKE ALL ON FUNCTION domainflow._generate_authz_node FROM PUBLIC;
