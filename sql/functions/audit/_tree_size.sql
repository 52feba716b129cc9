-- The size of the newest tree, or p_size if the tree had that many leaves once; else DF204, and DF301 before anything
-- was sealed.
CREATE OR REPLACE FUNCTION domainflow._tree_size(p_size bigint)
RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_size bigint := (SELECT h.size FROM domainflow.audit_head AS h ORDER BY h.number DESC LIMIT 1);
BEGIN
    IF COALESCE(v_size, 0) = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = 'no decision is sealed yet',
            DETAIL = format('heads: %s', CASE WHEN v_size IS NULL THEN 'none' ELSE 'one of size 0' END),
            HINT = 'Call seal_audit() first; maintain() does.';
    ELSIF p_size NOT BETWEEN 1 AND v_size THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'the tree never had that many leaves',
            DETAIL = format('size: %s, newest: %s', p_size, v_size),
            HINT = 'Leave it null for the newest tree.';
    END IF;
    RETURN COALESCE(p_size, v_size);
END
$$;

COMMENT ON FUNCTION domainflow._tree_size(bigint) IS 'A size that the audit tree has or had.';
REVOKE ALL ON FUNCTION domainflow._tree_size(bigint) FROM PUBLIC;
