-- Says at which other place a leaf was sealed, for one whose hash does not fit its place; null when it fits none.
CREATE OR REPLACE FUNCTION domainflow._sealed_elsewhere(p_index bigint, p_id uuid, p_size bigint)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('it was sealed as leaf %s', g.i)
      FROM domainflow.audit_leaf AS l
      JOIN domainflow.audit_log AS a ON a.id = l.id
     CROSS JOIN LATERAL (SELECT domainflow._audit_row_hash(a, l.version) AS row_hash OFFSET 0) AS h
     CROSS JOIN generate_series(0, p_size - 1) AS g (i)
     WHERE l.leaf_index = p_index AND l.id = p_id
       AND l.leaf_hash = domainflow._audit_leaf_hash(g.i, h.row_hash) AND g.i <> p_index
     LIMIT 1
$$;

COMMENT ON FUNCTION domainflow._sealed_elsewhere(bigint, uuid, bigint) IS 'At which other place a leaf was sealed.';
REVOKE ALL ON FUNCTION domainflow._sealed_elsewhere(bigint, uuid, bigint) FROM PUBLIC;
