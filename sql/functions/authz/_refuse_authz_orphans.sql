-- DF706 when facts exist that a revision does not admit; names their kinds.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_orphans(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_orphans text;
BEGIN
    SELECT string_agg(format('%s#%s@%s%s', e.object_type, e.relation, e.subject_kind, CASE WHEN w.wildcard THEN ':*' END), ', '
                      ORDER BY e.object_type, e.relation, e.subject_kind, w.wildcard)
      INTO v_orphans
      FROM domainflow.authz_edge AS e
     CROSS JOIN (VALUES (false), (true)) AS w (wildcard)
     WHERE e.model_id = p_model_id
       AND NOT EXISTS (SELECT FROM domainflow.authz_link AS l
                        WHERE l.model_id = p_model_id AND l.revision = p_revision AND l.edge = e.edge AND l.subject_kind = e.subject_kind
                          AND CASE WHEN w.wildcard THEN l.wildcard ELSE l.concrete END)
       AND CASE WHEN w.wildcard THEN EXISTS (SELECT FROM domainflow.relationship AS r WHERE r.edge = e.edge AND r.subject_id = '*')
                ELSE EXISTS (SELECT FROM domainflow.relationship AS r WHERE r.edge = e.edge AND r.subject_id <> '*') END;
    IF v_orphans IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF706',
            MESSAGE = 'facts exist that the new revision does not admit',
            DETAIL = format('kinds (object#relation@subject): %s', v_orphans),
            HINT = 'Delete them, keep their relations in the model, or pass p_orphans => ''ignore'': then they do not count.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_orphans IS 'Refuses a revision that does not admit facts that exist.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_orphans FROM PUBLIC;
