-- What a decision about one object looked at: its own row first, then the rows of what it is decided by, deeper by one.
--
-- Stops at a place that it is on the way from (a circle), below 25 levels, and after 20 facts of one kind; says so.
CREATE OR REPLACE FUNCTION domainflow._explain_authz_place(
    p_node domainflow.authz_node,
    p_object text,
    p_kind text,
    p_subject text,
    p_facts domainflow.authz_fact [],
    p_depth integer,
    p_path text []
)
RETURNS domainflow.authz_step []
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
-- Names of functions are the compiler's. @plpgsql_check_options: security_warnings = off, performance_warnings = off
DECLARE
    v_place text := format('%s:%s#%s', p_node.object_type, p_object, p_node.relation);
    v_scope domainflow.authz_scope := ROW(p_node.model_id, p_node.revision, NULL, false);
    v_verdict integer;
BEGIN
    EXECUTE format('SELECT CASE WHEN %s($1, $2, $3, $4, NULL) THEN 2 WHEN %s THEN 1 ELSE 0 END', domainflow._authz_function(v_scope, p_node.node, 't'),
                   CASE WHEN p_node.reaches_cycle THEN domainflow._authz_function(v_scope, p_node.node, 'm') || '($1, $2, $3, $4, NULL)'
                        ELSE 'false' END)
       INTO v_verdict USING p_object, p_kind, p_subject, p_facts;
    IF v_place = ANY (p_path) OR p_depth >= 25 THEN
        RETURN ARRAY[ROW(p_depth, v_place || CASE WHEN v_place = ANY (p_path) THEN ' (a circle)' ELSE ' (deeper than shown)' END, v_verdict)
                     ::domainflow.authz_step];
    END IF;
    RETURN ARRAY[ROW(p_depth, v_place, v_verdict)::domainflow.authz_step]
        || CASE WHEN p_kind = p_node.object_type || '#' || p_node.relation AND p_subject = p_object
                THEN ARRAY[ROW(p_depth + 1, 'the subject itself', 2)::domainflow.authz_step] ELSE '{}' END
        || domainflow._explain_authz_expression(p_node, p_node.expression, p_object, p_kind, p_subject, p_facts, p_depth + 1, p_path || v_place);
END
$$;

COMMENT ON FUNCTION domainflow._explain_authz_place IS 'What a decision about one object looked at.';
REVOKE ALL ON FUNCTION domainflow._explain_authz_place FROM PUBLIC;
