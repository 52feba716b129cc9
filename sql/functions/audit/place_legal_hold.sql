-- Keeps decisions from retention and erasure until release_legal_hold(): those of one user (null: of all) between two
-- moments (null: ever).
--
-- Placing it is itself a decision. DF302 when the name is taken, also by a hold that was released; DF202 and DF204 for
-- what is missing or wrong. SECURITY DEFINER, because nobody writes legal_hold directly.
-- Proof: Tests/SQL/audit/hold.sql
CREATE OR REPLACE FUNCTION domainflow.place_legal_hold(
    p_name text,
    p_reason text,
    p_user_id text DEFAULT NULL,
    p_from timestamp with time zone DEFAULT NULL,
    p_to timestamp with time zone DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_role CONSTANT text := COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text);
BEGIN
    IF COALESCE(p_name, '') = '' OR COALESCE(p_reason, '') = '' OR p_user_id = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'a legal hold needs a name and a reason',
            DETAIL = format('name: %s, reason: %s', COALESCE(domainflow._shown(p_name), 'null'),
                            COALESCE(domainflow._shown(p_reason), 'null')),
            HINT = 'Name the case: place_legal_hold(''case 17'', ''letter of 3 May'').';
    ELSIF length(p_name) > 200 OR length(p_reason) > 1000 OR length(p_user_id) > 1000 OR p_from >= p_to THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a legal hold has a name of 200 characters, a reason of 1000, and ends after it begins',
            DETAIL = format('characters: name %s, reason %s; from: %s, to: %s', length(p_name), length(p_reason), p_from, p_to),
            HINT = 'Leave the moments null to hold decisions of all times.';
    END IF;
    INSERT INTO domainflow.legal_hold (name, user_id, range_from, range_to, reason, placed_at, placed_by)
    VALUES (p_name, p_user_id, COALESCE(p_from, '-infinity'), COALESCE(p_to, 'infinity'), p_reason, clock_timestamp(), v_role)
    ON CONFLICT (name) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('there is a legal hold %s already', quote_literal(domainflow._shown(p_name))),
            DETAIL = format('reason: %s', domainflow._shown(p_reason)),
            HINT = 'Names are not used again, so that each stands for one case.';
    END IF;
    PERFORM domainflow.log_authorization_decision(
        v_role, 'legal_hold', p_name, 'place', 'allow', '{}',
        jsonb_strip_nulls(jsonb_build_object('reason', p_reason, 'user_id', p_user_id, 'from', p_from, 'to', p_to)));
END
$$;

COMMENT ON FUNCTION domainflow.place_legal_hold(text, text, text, timestamp with time zone, timestamp with time zone)
IS 'Keeps decisions from retention and erasure until the hold is released.';
REVOKE ALL ON FUNCTION domainflow.place_legal_hold(text, text, text, timestamp with time zone, timestamp with time zone)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.place_legal_hold(text, text, text, timestamp with time zone, timestamp with time zone)
TO domainflow_admin;
