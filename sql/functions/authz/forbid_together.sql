-- Forbids that one subject has two relations at once, such as role:payer#assignee and role:approver#assignee (separation
-- of duty).
--
-- From the commit on, every change that gives somebody both fails at its own commit with DF706, whoever gives the second
-- one, and also when two give one each at the same time; above READ COMMITTED one of them may get 40001. Refused with
-- DF706 when somebody has both already; every subject (user:*) counts as somebody. Forbidding twice changes nothing.
-- DF201, DF203 and DF301 for what is no relation of an object.
-- Proof: Scenarios/authz/forbidden.spec, Tests/SQL/authz/forbidden.sql
CREATE OR REPLACE FUNCTION domainflow.forbid_together(p_role_a text, p_role_b text, p_model text DEFAULT 'default')
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id integer := (SELECT m.model_id FROM domainflow.authz_model AS m WHERE m.model = p_model);
    v_role text;
    v_parsed record;
BEGIN
    FOREACH v_role IN ARRAY ARRAY[p_role_a, p_role_b] LOOP
        SELECT * INTO v_parsed FROM domainflow._authz_subject(v_role);
        IF v_parsed.kind NOT LIKE '%#%' OR p_role_a = p_role_b THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF201',
                MESSAGE = format('%s is not one of two relations of an object', domainflow._shown(v_role)),
                DETAIL = format('relations: %s, %s', domainflow._shown(p_role_a), domainflow._shown(p_role_b)),
                HINT = 'Write forbid_together(''role:payer#assignee'', ''role:approver#assignee'').';
        END IF;
        IF v_id IS NULL OR NOT EXISTS (SELECT FROM domainflow.authz_model AS m JOIN domainflow.authz_node AS n USING (model_id, revision)
                                        WHERE m.model_id = v_id AND concat_ws('#', n.object_type, n.relation) = v_parsed.kind) THEN
            PERFORM domainflow._refuse_authz_names(p_model, split_part(v_parsed.kind, '#', 1), split_part(v_parsed.kind, '#', 2), v_parsed.kind);
        END IF;
    END LOOP;
    INSERT INTO domainflow.authz_exclusion (model_id, role_a, role_b)
    VALUES (v_id, least(p_role_a, p_role_b), greatest(p_role_a, p_role_b))
    ON CONFLICT (model_id, role_a, role_b) DO NOTHING;
    IF FOUND THEN
        PERFORM domainflow._log_authz_change(p_model, NULL, 'forbid_together', 'authz_model', p_model,
                                             jsonb_build_object('role_a', p_role_a, 'role_b', p_role_b), true);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.forbid_together IS 'Forbids that one subject has two relations at once.';
REVOKE ALL ON FUNCTION domainflow.forbid_together FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.forbid_together TO domainflow_owner, domainflow_admin;
