-- The facts that a call gives, as compiled functions take them: [{"subject": "user:anne", "relation": "viewer",
-- "resource": "document:1"}].
--
-- Null for no facts. DF205 for what is not such a list, and for a fact that the model does not admit; names its place.
CREATE OR REPLACE FUNCTION domainflow._authz_facts(p_model text, p_facts jsonb)
RETURNS domainflow.authz_fact []
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_facts domainflow.authz_fact[] := ARRAY[]::domainflow.authz_fact[];
    v_given record;
    v_subject record;
    v_edge integer;
BEGIN
    IF p_facts IS NULL OR p_facts = '[]' THEN
        RETURN NULL;
    END IF;
    FOR v_given IN
        SELECT f.place, f.value ->> 'subject' AS subject, f.value ->> 'relation' AS relation, f.value ->> 'resource' AS resource
          FROM jsonb_array_elements(CASE jsonb_typeof(p_facts) WHEN 'array' THEN p_facts ELSE jsonb_build_array(p_facts) END)
               WITH ORDINALITY AS f (value, place)
    LOOP
        v_edge := NULL;
        IF v_given.subject COLLATE "C" ~ '^[^:#[:space:]]+:[^:#[:space:]]+(#[^:#[:space:]]+)?$' AND v_given.subject NOT LIKE '%:*#%'
           AND v_given.resource COLLATE "C" ~ '^[^:#[:space:]]+:[^:#*[:space:]]+$' THEN
            SELECT * INTO v_subject FROM domainflow._authz_subject(v_given.subject);
            v_edge := domainflow._authz_admitted_edge(p_model, v_subject.kind, v_subject.id, v_given.relation, split_part(v_given.resource, ':', 1));
        END IF;
        IF v_edge IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF205',
                MESSAGE = format('fact %s of the call is not one that model %s admits', v_given.place, domainflow._shown(p_model)),
                DETAIL = format('subject: %s, relation: %s, resource: %s', COALESCE(domainflow._shown(v_given.subject), 'null'),
                                COALESCE(domainflow._shown(v_given.relation), 'null'), COALESCE(domainflow._shown(v_given.resource), 'null')),
                HINT = 'A fact is {"subject": "user:anne", "relation": "viewer", "resource": "document:1"}.';
        END IF;
        v_facts := v_facts || ROW(v_edge, split_part(v_given.resource, ':', 2), v_subject.id)::domainflow.authz_fact;
    END LOOP;
    RETURN v_facts;
END
$$;

COMMENT ON FUNCTION domainflow._authz_facts IS 'The facts that a call gives, as compiled functions take them.';
REVOKE ALL ON FUNCTION domainflow._authz_facts FROM PUBLIC;
